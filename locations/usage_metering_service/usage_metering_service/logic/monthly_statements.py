"""The statement of a month: the sums of its published daily reports, and which versions they were.

`usage/reports/monthly/<month>/<version>.json`, versioned as the daily reports are. Users and
processes are not summed: the same one on two days would count twice.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared_resources.errors import PublicationError
from shared_resources.publication import latest_manifest
from usage_metering_service.logic.events import identity
from usage_metering_service.logic.layout import DAILY, MONTHLY
from usage_metering_service.logic.moments import days_of_month
from usage_metering_service.logic.versions import (
    append_version,
    counted,
    counts_in,
    is_unchanged,
    number_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared_resources.publication import Json, Manifest
    from usage_metering_service.logic.layout import Storage

_REPORT = re.compile(rf"{DAILY}/(\d{{4}}-\d\d-\d\d)/\d{{8}}\.json", re.ASCII)
_STATEMENT = re.compile(rf"{MONTHLY}/(\d{{4}}-\d\d)/\d{{8}}\.json", re.ASCII)
_TABLES = ("operations", "stages", "origins", "destinations")


@dataclass(frozen=True)
class PublishedStatement:
    """The newest statement of a month (version 0: there is none), and whether this run wrote it."""

    month: str
    version: int
    reason: str
    events: int
    operations: Mapping[str, int]
    missing: tuple[str, ...]
    written: bool


def publish_statement(
    storage: Storage, month: str, *, require_complete: bool = False
) -> PublishedStatement:
    """Publish the statement of a month (YYYY-MM) if it changed.

    Of a month without any daily report nothing is stated: that would say zero, and nobody looked.
    Raises PublicationError where days are missing and `require_complete` asks for all of them.
    """
    found = ((day, latest_manifest(storage, f"{DAILY}/{day}")) for day in days_of_month(month))
    reports = dict(found)
    used = {day: report for day, report in reports.items() if report}
    missing = tuple(day for day, report in reports.items() if report is None)
    if missing and require_complete:
        message = f"{month} is not stated: {counted(len(missing), 'day')} without a report"
        hint = f"report them with usage_backfill_job: {missing[0]} to {missing[-1]}"
        raise PublicationError(message, hint=hint)
    prefix = f"{MONTHLY}/{month}"
    previous = latest_manifest(storage, prefix)
    content = _content(month, used, missing)
    if not used or is_unchanged(previous, content):
        return _published(month, previous, missing, written=False)
    manifest = append_version(storage, prefix, previous, content, _reason(previous, content))
    return _published(month, manifest, missing, written=True)


def outdated_statements(storage: Storage) -> dict[str, str]:
    """Return the months stated from other than the newest daily reports.

    The value tells one state of these reports from another. Months without a statement are none.
    """
    newest: dict[str, str] = {}
    for entry in storage.list_objects(DAILY):  # sorted: the highest version comes last
        if match := _REPORT.fullmatch(entry.key):
            newest[match[1]] = entry.key
    stated = {
        match[1] for e in storage.list_objects(MONTHLY) if (match := _STATEMENT.fullmatch(e.key))
    }
    reports = {
        month: {day: key for day, key in newest.items() if day.startswith(f"{month}-")}
        for month in sorted(stated)
    }
    return {
        month: identity(used)
        for month, used in reports.items()
        if used != _stated_reports(storage, month)
    }


def _stated_reports(storage: Storage, month: str) -> Mapping[str, Json]:
    """Return the reports that the newest statement is of; none where it cannot be read."""
    try:
        statement = latest_manifest(storage, f"{MONTHLY}/{month}")
    except PublicationError:
        return {}
    return _reports_of(statement.content) if statement else {}


def _content(month: str, used: Mapping[str, Manifest], missing: tuple[str, ...]) -> dict[str, Json]:
    tables: dict[str, Json] = {name: _summed(used, name) for name in _TABLES}
    return {
        "month": month,
        "complete": not missing,
        "missing": list(missing),
        "reports": {day: report.key for day, report in used.items()},
        "events": sum(number_in(report.content, "events") for report in used.values()),
        **tables,
    }


def _summed(reports: Mapping[str, Manifest], table: str) -> dict[str, Json]:
    total = Counter[str]()
    for report in reports.values():
        total.update(counts_in(report.content, table))
    return dict(total)


def _reason(previous: Manifest | None, content: Mapping[str, Json]) -> str:
    if previous is None:
        return "first statement"
    before, now = _reports_of(previous.content), _reports_of(content)
    added = len(now.keys() - before.keys())
    corrected = sum(now[day] != key for day, key in before.items() if day in now)
    withdrawn = len(before.keys() - now.keys())
    changes = ((added, "day", "added"), (corrected, "day", "corrected"), (withdrawn, "day", "gone"))
    said = [f"{counted(number, noun)} {verb}" for number, noun, verb in changes if number]
    return ", ".join(said) or "same reports, figures computed anew"


def _reports_of(content: Mapping[str, Json]) -> Mapping[str, Json]:
    reports = content.get("reports")
    return reports if isinstance(reports, dict) else {}


def _published(
    month: str, manifest: Manifest | None, missing: tuple[str, ...], *, written: bool
) -> PublishedStatement:
    content: Mapping[str, Json] = manifest.content if manifest else {}
    return PublishedStatement(
        month=month,
        version=manifest.number if manifest else 0,
        reason=str(content.get("reason", "no daily report of the month is published")),
        events=number_in(content, "events"),
        operations=counts_in(content, "operations"),
        missing=missing,
        written=written,
    )
