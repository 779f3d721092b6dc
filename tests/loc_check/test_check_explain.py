"""What a code means: `loc check --explain`."""

from pathlib import Path

import pytest

from loc.rules.catalogue import RULES
from loc.rules.rule import Rule

from .conftest import Check

SECTIONS = {"2.1", "2.2", "2.3", "3.3", "5.1", "5.2"}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_every_rule_says_its_section_why_and_how_to_mend(
    rule: Rule, tmp_path: Path, check: Check
) -> None:
    assert rule.section in SECTIONS
    assert rule.why.endswith(".")
    assert rule.mend.endswith(".")
    assert check(tmp_path, "--explain", rule.code) == (0, rule.explained(), "")


def test_explanation_is_whole(tmp_path: Path, check: Check) -> None:
    assert check(tmp_path, "--explain", "l3303").stdout == (
        "L3303 every image that the build starts from is pinned by its digest (guide 3.3)\n\n"
        "Why: A tag can be pushed again: two builds of one commit then differ.\n"
        "Mend: Write `image:tag@sha256:...`.\n"
    )


def test_without_a_code_all_rules_are_listed_in_the_order_of_the_guide(
    tmp_path: Path, check: Check
) -> None:
    listed = check(tmp_path, "--explain").stdout.splitlines()
    assert [line.split()[:2] for line in listed] == [
        [rule.code, rule.section] for rule in sorted(RULES.values(), key=lambda rule: rule.code)
    ]


def test_unknown_code_is_a_usage_error(tmp_path: Path, check: Check) -> None:
    hint = "hint: loc check --explain lists all of them\n"
    assert check(tmp_path, "--explain", "L9999") == (2, "", f"error: no such rule: L9999\n{hint}")
