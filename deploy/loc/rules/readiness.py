"""Guide 5.2: what the platform and the verification of a release need of each job."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from loc.rules.naming import definition, place
from loc.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loc.findings import Finding
    from loc.locations import Location
    from loc.python_modules import Module
    from loc.registered import Registered

UNTYPED = Rule(
    "L5201",
    "configuration is typed",
    "Whoever starts a job from the platform may send anything that the job's types let through.",
    "Take `config: MyConfig` with MyConfig(dagster.Config): no context.op_config, no free dicts.",
)
DEFAULTS = Rule(
    "L5202",
    "every job runs with its default configuration",
    "The platform offers the defaults as they are, and the test run of a release uses them.",
    "Give each field a default that its own checks accept, or the job a `config=`.",
)
OPERATION = Rule(
    "L5203",
    "every job has a business_operation tag",
    "The business log and the platform find a job by it.",
    "Write `@job(tags={BUSINESS_OPERATION_TAG: ...})`.",
)
TEST_RUN = Rule(
    "L5204",
    'a job with the tag test_run: "true" runs a limited slice',
    "The verification of a release starts it in production; without it a release is not proven.",
    'Add a job with `tags={"test_run": "true"}` whose defaults read a slice and publish nothing.',
)
RULES = (UNTYPED, DEFAULTS, OPERATION, TEST_RUN)


def find(modules: Iterable[Module]) -> Iterator[Finding]:
    """Find untyped configuration in the modules of ops/."""
    for module in modules:
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and node.attr in ("op_config", "solid_config"):
                yield UNTYPED.at(module.path, node.lineno, f"{node.attr} is read: any key passes")


def find_registered(
    location: Location, registered: Registered, modules: Sequence[Module]
) -> Iterator[Finding]:
    """Find what the registered jobs lack."""
    for job in registered.jobs:
        where = place(location, modules, job)
        for op in job.untyped:
            at = definition(modules, op) or where
            yield UNTYPED.at(*at, f"{op} takes any configuration")
        if job.defaults:
            yield DEFAULTS.at(*where, f"{job.name}: {job.defaults}")
        if not job.tag("business_operation"):
            yield OPERATION.at(*where, f"{job.name} has no business_operation tag")
    if not any(job.tag("test_run") == "true" for job in registered.jobs):
        path = f"{location.package}/repository.py"
        yield TEST_RUN.at(path, 1, 'no job has the tag test_run: "true"')
