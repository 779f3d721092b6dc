"""The contract of `business_log`: the platform's two record shapes, from a real run."""

import json
from pathlib import Path

import pytest
from dagster import DagsterInstance, OpExecutionContext, job, op

from shared_resources.business_log import BusinessLog

HTTP = dict.fromkeys(["status", "requestSize", "executionTime", "responseSize", "action", "method"])


@op
def count_rows(context: OpExecutionContext, business_log: BusinessLog) -> None:
    business_log.technical(context, "INFO", "Counting", {"columns": 3})
    business_log.business(context, "Counted «rows»", {"rows": 7, "share": 0.5, "partial": False})


@job(tags={"business_operation": "INVENTORY_SYNC"})
def tagged_job() -> None:
    count_rows()


@job
def untagged_job() -> None:
    count_rows()


@pytest.mark.usefixtures("clean_environment")
def test_records_have_the_shapes_of_the_platform(tmp_path: Path) -> None:
    log = BusinessLog(directory=str(tmp_path / "logs"))
    with DagsterInstance.ephemeral() as instance:
        result = tagged_job.execute_in_process(instance=instance, resources={"business_log": log})
    lines = (tmp_path / "logs" / f"simpl_run_{result.run_id}.json").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    for record in records:
        assert len(record.pop("timestamp")) == len("2026-02-17T18:41:47.928Z")
    assert records == [
        {
            "level": "INFO",
            "message": "Counting",
            "customFields": {"event_type": "LOG", "op_name": "count_rows", "columns": 3},
            "thread": "MainThread",
            "http": HTTP,
        },
        {
            "level": "BUSINESS",
            "message": {
                "origin": "dagster",
                "destination": "dagster",
                "businessOperation": "INVENTORY_SYNC",
                "messageType": "RESPONSE",
                "correlationId": result.run_id,
                "msg": "Counted «rows»",
                "user": None,
                "userIp": None,
                "customFields": {
                    "event_type": "BUSINESS_EVENT",
                    "op_name": "count_rows",
                    "rows": 7,
                    "share": 0.5,
                    "partial": False,
                },
            },
            "thread": "MainThread",
            "http": HTTP,
        },
    ]


@pytest.mark.usefixtures("clean_environment")
def test_default_is_standard_output_and_a_default_operation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with DagsterInstance.ephemeral() as instance:
        untagged_job.execute_in_process(
            instance=instance, resources={"business_log": BusinessLog()}
        )
    printed = capsys.readouterr().out.splitlines()
    operations = [json.loads(line)["message"] for line in printed if '"BUSINESS"' in line]
    assert [operation["businessOperation"] for operation in operations] == ["UNSPECIFIED"]
