"""Findings and locations: what is shown, and what is found by name."""

import json

import pytest

from loc.errors import UsageError
from loc.findings import Finding, as_json, as_markdown, as_text
from loc.locations import Location, discover, owner, select

LATER = Finding("locations/b/b/jobs/x.py", 3, "L23", "a job does work")
FIRST = Finding("locations/a/é|\n.py", 12, "L21", "`ops` is <missing>")


def test_text_is_a_line_for_each_finding_in_order() -> None:
    assert as_text([LATER, FIRST]) == (
        "locations/a/é|\\n.py:12: L21 `ops` is <missing>\n"
        "locations/b/b/jobs/x.py:3: L23 a job does work\n"
    )


def test_json_is_a_list_of_objects_in_order() -> None:
    assert json.loads(as_json([LATER, FIRST])) == [
        {"path": FIRST.path, "line": 12, "code": "L21", "text": FIRST.text},
        {"path": LATER.path, "line": 3, "code": "L23", "text": LATER.text},
    ]


def test_markdown_is_a_table() -> None:
    assert as_markdown([LATER, FIRST]) == (
        "| where | code | what |\n"
        "|---|---|---|\n"
        "| `locations/a/é\\|\\n.py:12` | L21 | &#96;ops&#96; is &lt;missing&gt; |\n"
        "| `locations/b/b/jobs/x.py:3` | L23 | a job does work |\n"
    )


def test_no_findings_are_said() -> None:
    assert (as_text([]), as_json([]), as_markdown([])) == ("", "[]\n", "No findings.\n")


def test_locations_are_discovered_by_their_files() -> None:
    paths = ["locations/b/x", "locations/a/a/x.py", "locations/README.md", "shared/locations/c/x"]
    assert discover(paths) == [Location("a"), Location("b")]
    assert [owner(path) for path in paths] == ["b", "a", None, None]


def test_paths_of_a_location_follow_from_its_name() -> None:
    location = Location("orders")
    assert (location.path, location.package, location.values) == (
        "locations/orders",
        "locations/orders/orders",
        "deploy/values/orders.yaml",
    )


def test_named_locations_are_selected_once_in_the_order_asked() -> None:
    known = [Location("a"), Location("b")]
    assert select(known, []) == known
    assert select(known, ["b", "a", "b"]) == [Location("b"), Location("a")]


@pytest.mark.parametrize(
    ("known", "hint"),
    [
        ([Location("a")], "the locations are: a"),
        ([], "the locations are: none yet, start one with loc new"),
    ],
)
def test_unknown_location_is_an_error(known: list[Location], hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        select(known, ["z", "y"])
    assert (caught.value.message, caught.value.hint) == ("no such location: y, z", hint)
