"""workspace.yaml gets one entry as text: in order, in the file's own style, nothing else moved."""

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from loc.errors import UsageError
from loc.workspace import Entry, entries, with_entry

ENTRY = """\
  - python_module:
      module_name: {0}.repository
      location_name: {0}
"""
TWO = "# ours\nload_from:\n" + ENTRY.format("b") + ENTRY.format("d")


@pytest.mark.parametrize("name", ["a", "c", "e"])
def test_entry_goes_where_the_order_wants_it(name: str) -> None:
    written = with_entry(TWO.encode(), name).decode()
    wanted = "".join(ENTRY.format(known) for known in sorted(["b", "d", name]))
    assert written == "# ours\nload_from:\n" + wanted


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            TWO.replace("\n", "\r\n"),
            TWO.replace("\n", "\r\n") + ENTRY.format("e").replace("\n", "\r\n"),
            id="CRLF",
        ),
        pytest.param(
            TWO.removesuffix("\n"), TWO + ENTRY.format("e").removesuffix("\n"), id="no newline"
        ),
        pytest.param("\ufeff" + TWO, "\ufeff" + TWO + ENTRY.format("e"), id="byte order mark"),
        pytest.param("load_from:", "load_from:\n" + ENTRY.format("e")[:-1], id="no entry yet"),
        pytest.param(
            "load_from: # none\nother: 1\n",
            "load_from: # none\n" + ENTRY.format("e") + "other: 1\n",
            id="no entry yet, and more below",
        ),
        pytest.param(
            "load_from:\n- python_file: b.py\n# end\n",
            "load_from:\n- python_file: b.py\n- python_module:\n    module_name: e.repository\n"
            "    location_name: e\n# end\n",
            id="no indentation",
        ),
        pytest.param(
            "load_from:\n  - python_module: {module_name: a, location_name: b} # {\n"
            "    # of b\n  # of f\n  - grpc_server:\n      host: x\n      location_name: f\n",
            "load_from:\n  - python_module: {module_name: a, location_name: b} # {\n"
            "    # of b\n" + ENTRY.format("e") + "  # of f\n"
            "  - grpc_server:\n      host: x\n      location_name: f\n",
            id="comments stay with their entry",
        ),
        pytest.param(
            "load_from:\n  - &b\n    python_module: b.repository\nextra: *b\n",
            "load_from:\n  - &b\n    python_module: b.repository\n"
            + ENTRY.format("e")
            + "extra: *b\n",
            id="anchor",
        ),
        pytest.param(
            "load_from:\n  - python_module: |-\n      d\n\n  - python_module: f\n",
            "load_from:\n  - python_module: |-\n      d\n"
            + ENTRY.format("e")
            + "\n  - python_module: f\n",
            id="block of text",
        ),
    ],
)
def test_style_of_the_file_is_kept(before: str, after: str) -> None:
    assert with_entry(before.encode(), "e").decode() == after


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("load_from: []\n", "workspace.yaml:1: load_from is written in brackets"),
        ("a: 1\nload_from: {b\n", "workspace.yaml:3: expected ',' or '}', but got '<stream end>'"),
        ("load_from:\nload_from:\n", "workspace.yaml:2: the key 'load_from' stands twice"),
        ("load_from: text\n", "workspace.yaml:1: there is no list load_from"),
        ("", "workspace.yaml:1: there is no list load_from"),
        ("- a\n", "workspace.yaml:1: there is no list load_from"),
        ("{load_from: }\n", "workspace.yaml:1: an entry cannot be added to this as text"),
        (b"load_from:\n# \xff\n", "workspace.yaml:2: it is not UTF-8"),
    ],
)  # fmt: skip
def test_file_that_cannot_take_text_is_refused(content: str | bytes, message: str) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    with pytest.raises(UsageError) as refused:
        with_entry(raw, "e")
    assert refused.value.message == message
    assert refused.value.hint.startswith("write load_from as a list of `- python_module:` entries")


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,4}(_[a-z0-9]{1,4}){0,2}", fullmatch=True)
COMMENTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=9)


@st.composite
def workspaces(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A file of entries in order, in any style that people write, and their names."""
    known = sorted(draw(st.sets(NAMES, max_size=5)))
    indent = " " * draw(st.integers(0, 4))
    lines = ["# " + draw(COMMENTS), "load_from:"]
    for name in known:
        lines += draw(st.lists(st.sampled_from(["", f"{indent}# above", "# at the edge"])))
        quote = draw(st.sampled_from(["", "'", '"']))
        module, location = (quote + text + quote for text in (f"{name}.repository", name))
        lines += draw(
            st.sampled_from(
                [
                    [
                        f"{indent}- python_module:",
                        f"{indent}    module_name: {module}",
                        f"{indent}    location_name: {location}",
                    ],
                    [
                        f"{indent}-   python_module:",
                        "",
                        f"{indent}       location_name:   {location}  # named",
                        f"{indent}       module_name: {module}",
                        f"{indent}       # more of it",
                    ],
                    [f"{indent}- python_module: {{module_name: {module}, location_name: {name}}}"],
                ]
            )
        )
    lines += draw(st.sampled_from([[], ["# end"], ["", "# end", ""], ["other: 1"]]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join(lines) + draw(st.sampled_from(["", newline])), known


@given(workspaces(), NAMES)
def test_every_other_byte_is_kept_and_the_entries_are_in_order(
    workspace: tuple[str, list[str]], name: str
) -> None:
    before, known = workspace
    if name in known:
        return
    after = with_entry(before.encode(), name).decode()
    added = re.compile(
        rf"\r?\n *- python_module:\r?\n +module_name: {name}\.repository"
        rf"\r?\n +location_name: {name}(?![^\r\n])"
    )
    assert before in {after[: m.start()] + after[m.end() :] for m in added.finditer(after)}
    assert ("\r\n" in before) == ("\r\n" in after)
    wanted = [Entry(each, f"{each}.repository") for each in sorted([*known, name])]
    assert entries(after.encode()) == wanted
    loaded = [entry["python_module"] for entry in yaml.safe_load(after)["load_from"]]
    assert [(e["location_name"], e["module_name"]) for e in loaded] == [
        (entry.name, entry.module) for entry in wanted
    ]
