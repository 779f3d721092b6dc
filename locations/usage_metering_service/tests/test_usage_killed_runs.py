"""A run that is killed between two ops, and run again, ends as if nothing had happened."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from shared_resources.object_storage import ObjectStorage
from usage_metering_service.logic.deliveries import drop_sample, sample
from usage_metering_service.logic.layout import INCOMING
from usage_metering_service.repository import defs

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2025-03-31"
OPS = [
    "collect_usage_events",
    "validate_usage_events",
    "select_partition_day",
    "deduplicate_usage_events",
    "aggregate_daily_usage",
    "publish_usage_report",
]
KILLED_AFTER = """
import os, signal, sys
from dagster import success_hook
from usage_metering_service.repository import defs

@success_hook
def kill(context):
    if context.op.name == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)

job = defs.resolve_job_def("daily_usage_job").with_hooks({kill})
job.execute_in_process(partition_key=sys.argv[2])
"""


def run() -> None:
    assert defs.resolve_job_def("daily_usage_job").execute_in_process(partition_key=DAY).success


def stored() -> dict[str, bytes]:
    storage = ObjectStorage()
    return {entry.key: storage.read(entry.key) for entry in storage.list_objects()}


def test_these_are_the_ops_of_the_job() -> None:
    ops = defs.resolve_job_def("daily_usage_job").graph.node_defs
    assert sorted(op.name for op in ops) == sorted(OPS)


@pytest.mark.parametrize("op", OPS)
def test_run_killed_after_an_op_and_run_again_ends_in_the_same_state(
    clean_environment: Path, op: str
) -> None:
    storage = ObjectStorage()
    drop_sample(storage, INCOMING)
    run()
    late = sample().replace(b"call-00", b"call-99")
    storage.write(f"{INCOMING}/late.jsonl", late)
    before = stored()

    command = [sys.executable, "-c", KILLED_AFTER, op, DAY]
    killed = subprocess.run(
        command, cwd=clean_environment, capture_output=True, check=False, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    run()
    ended = stored()

    for key in ended.keys() - before.keys():
        storage.delete(key)
    run()
    assert stored() == ended
    assert len(ended) > len(before)
