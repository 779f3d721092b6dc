"""The four forms of the answer, whole."""

import json

import pytest

from .workspace import Outcome, Workspace, location, lock

STORAGE = "shared/shared_resources/storage.py"
ORDERS = "locations/orders/orders/repository.py"
TESTS = "shared_resources.testing, shared/pyproject.toml"


@pytest.fixture
def three_affected(workspace: Workspace) -> Workspace:
    """`orders` reaches a changed module, `stock` only in tests, and `old` was deleted."""
    workspace.write({"locations/old/x.py": ""})
    workspace.commit()
    workspace.remove("locations/old")
    needs = {"orders": ["polars", "shared-resources[http]"], "stock": ["polars"]}
    workspace.write({STORAGE: "x = 1\n", "uv.lock": lock({"urllib3": "1.1"}, **needs)})
    workspace.commit()
    return workspace


def shown(workspace: Workspace, *options: str) -> str:
    outcome = workspace.loc("affected", "--base", "HEAD~1", *options)
    assert (outcome.code, outcome.stderr) == (0, "")
    return outcome.stdout


def test_text_is_a_line_for_each_location_with_its_reasons_below(three_affected: Workspace) -> None:
    assert shown(three_affected) == (
        "old: remove\n"
        "  locations/old: deleted\n"
        "orders: build\n"
        f"  {STORAGE}: changed, reached through {ORDERS}\n"
        "  uv.lock: urllib3 1.0 -> 1.1\n"
        "stock: test\n"
        f"  {STORAGE}: changed, reached through {TESTS}\n"
    )


def test_json_is_a_list_of_location_purpose_and_reasons(three_affected: Workspace) -> None:
    assert json.loads(shown(three_affected, "--json")) == [
        {"location": "old", "for": "remove", "reasons": ["locations/old: deleted"]},
        {
            "location": "orders",
            "for": "build",
            "reasons": [
                f"{STORAGE}: changed, reached through {ORDERS}",
                "uv.lock: urllib3 1.0 -> 1.1",
            ],
        },
        {
            "location": "stock",
            "for": "test",
            "reasons": [f"{STORAGE}: changed, reached through {TESTS}"],
        },
    ]


def test_matrix_is_one_line_with_what_is_to_build(three_affected: Workspace) -> None:
    assert shown(three_affected, "--matrix") == '{"include": [{"location": "orders"}]}\n'


def test_markdown_is_a_table_and_a_picture_of_what_reached_what(three_affected: Workspace) -> None:
    assert shown(three_affected, "--markdown") == (
        "| location | for | why |\n"
        "|---|---|---|\n"
        "| old | remove | locations/old: deleted |\n"
        f"| orders | build | {STORAGE}: changed, reached through {ORDERS}"
        "<br>uv.lock: urllib3 1.0 -&gt; 1.1 |\n"
        f"| stock | test | {STORAGE}: changed, reached through {TESTS} |\n"
        "\n"
        "```mermaid\n"
        "flowchart LR\n"
        '  n0["locations/old: deleted"]\n'
        '  n1["old<br>remove"]\n'
        f'  n2["{STORAGE}: changed"]\n'
        f'  n3["{ORDERS}"]\n'
        '  n4["orders<br>build"]\n'
        '  n5["uv.lock: urllib3 1.0 -#62; 1.1"]\n'
        '  n6["shared_resources.testing"]\n'
        '  n7["shared/pyproject.toml"]\n'
        '  n8["stock<br>test"]\n'
        "  n0 --> n1\n"
        "  n2 --> n3\n"
        "  n3 --> n4\n"
        "  n5 --> n4\n"
        "  n2 --> n6\n"
        "  n6 --> n7\n"
        "  n7 --> n8\n"
        "```\n"
    )


def test_many_locations_with_one_reason_are_one_row(workspace: Workspace) -> None:
    for number in range(7):
        workspace.write(location(f"more_{number}", ""))
    workspace.commit()
    workspace.write({"uv.toml": "x"})
    workspace.commit()
    names = "more_0, more_1, more_2, more_3, more_4, and 4 more"
    assert shown(workspace, "--markdown") == (
        "| location | for | why |\n"
        "|---|---|---|\n"
        f"| {names} | build | uv.toml: added |\n"
        "\n"
        "```mermaid\n"
        "flowchart LR\n"
        '  n0["uv.toml: added"]\n'
        f'  n1["{names}<br>build"]\n'
        "  n0 --> n1\n"
        "```\n"
    )


def test_what_is_too_much_for_a_comment_is_counted(workspace: Workspace) -> None:
    for number in range(30):
        workspace.write({f"locations/more_{number:02}/x.py": ""})
    workspace.write({f"locations/stock/stock/{number}.py": "" for number in range(7)})
    workspace.commit()
    table, _, picture = shown(workspace, "--markdown").partition("```mermaid")
    assert table.endswith("And 6 more; `loc affected --json` has them all.\n\n")
    assert table.count("\n| ") == 25
    assert picture.count("-->") == 25
    added = [f"  locations/stock/stock/{number}.py: added\n" for number in range(5)]
    assert shown(workspace).endswith(f"stock: build\n{''.join(added)}  and 2 more\n")


def test_names_cannot_leave_their_cell_label_or_line(workspace: Workspace) -> None:
    name = 'a|b`c"d]<script>\n  n9 --> n1\x1b[31m'
    workspace.write({f"locations/stock/stock/{name}": ""})
    workspace.commit()
    folder = "locations/stock/stock"
    outcome = shown(workspace, "--markdown")
    cell = f'{folder}/a\\|b&#96;c"d]&lt;script&gt;\\n  n9 --&gt; n1\\x1b[31m: added'
    label = f"{folder}/a#124;b#96;c#34;d#93;#60;script#62;#92;n  n9 --#62; n1#92;x1b#91;31m: added"
    assert outcome == (
        "| location | for | why |\n|---|---|---|\n"
        f"| stock | build | {cell} |\n\n"
        "```mermaid\nflowchart LR\n"
        f'  n0["{label}"]\n  n1["stock<br>build"]\n  n0 --> n1\n```\n'
    )


@pytest.mark.parametrize(
    ("options", "stdout"),
    [
        ([], ""),
        (["--json"], "[]\n"),
        (["--matrix"], '{"include": []}\n'),
        (["--markdown"], "No location is affected.\n"),
    ],
)
def test_nothing_affected_is_said_on_stderr(
    workspace: Workspace, options: list[str], stdout: str
) -> None:
    outcome = workspace.loc("affected", "--base", "HEAD", *options)
    assert outcome == Outcome(0, stdout, "no location is affected\n")
