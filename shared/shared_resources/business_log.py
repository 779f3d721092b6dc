"""The platform's log: JSON lines, technical records and BUSINESS records.

Shapes as the orchestration platform of Simpl-Open documents them (its user manual, Observability,
5.2): `message` is text in a technical record and an object in a business record. The platform reads
one file a run, `simpl_run_<run id>.json`.
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from dagster import ConfigurableResource
from pydantic import Field

from shared_resources.settings import setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster import OpExecutionContext

BUSINESS_OPERATION_TAG = "business_operation"
Level: TypeAlias = Literal["DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"]
# Names and counts, never rows: a log must not preview data.
Figures: TypeAlias = "Mapping[str, str | int | float | bool | None]"

_NO_HTTP = dict.fromkeys(
    ("status", "requestSize", "executionTime", "responseSize", "action", "method")
)


class BusinessLog(ConfigurableResource[None]):
    """Writes records to the run's standard output, or to the platform's file of the run."""

    directory: str = Field(
        default="",
        description="Folder of the platform's log files. Empty: the environment variable "
        "BUSINESS_LOG_DIRECTORY, else standard output.",
    )
    origin: str = Field(default="dagster", description="The system that says it.")
    destination: str = Field(default="dagster", description="The system it concerns.")
    default_operation: str = Field(
        default="UNSPECIFIED", description="Where the job has no tag business_operation."
    )

    def technical(
        self, context: OpExecutionContext, level: Level, message: str, figures: Figures
    ) -> None:
        """Write a technical record of an op's progress."""
        fields = {"event_type": "LOG", "op_name": context.op.name, **figures}
        record = {"level": level, "message": message, "customFields": fields}
        self._write(context.run_id, record)

    def business(self, context: OpExecutionContext, message: str, figures: Figures) -> None:
        """Write a business record; its operation is the job's tag `business_operation`."""
        fields = {"event_type": "BUSINESS_EVENT", "op_name": context.op.name, **figures}
        operation = context.run.tags.get(BUSINESS_OPERATION_TAG, self.default_operation)
        content = {
            "origin": self.origin,
            "destination": self.destination,
            "businessOperation": operation,
            "messageType": "RESPONSE",
            "correlationId": context.run_id,
            "msg": message,
            "user": None,
            "userIp": None,
            "customFields": fields,
        }
        self._write(context.run_id, {"level": "BUSINESS", "message": content})

    def _write(self, run_id: str, record: Mapping[str, object]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        thread = threading.current_thread().name
        whole = {"timestamp": now, **record, "thread": thread, "http": _NO_HTTP}
        line = json.dumps(whole, ensure_ascii=False) + "\n"
        directory = setting(self.directory, "BUSINESS_LOG_DIRECTORY")
        if not directory:
            sys.stdout.write(line)
            sys.stdout.flush()
            return
        path = Path(directory) / f"simpl_run_{run_id}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        # One write of one line in append mode: steps of a run that write at once do not mix.
        with path.open("ab", buffering=0) as file:
            file.write(line.encode())
