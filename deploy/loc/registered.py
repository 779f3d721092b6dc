"""What Dagster registered when a location was loaded, as the child that loaded it reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LoadError:
    """Why a location did not load; `path` is empty where no file of the repository is to blame."""

    path: str
    line: int
    text: str


@dataclass(frozen=True)
class Job:
    """A job: its tags, names of its ops, those without a typed configuration, and its defaults.

    `defaults` is "" where the job runs with an empty run configuration, else why it does not.
    """

    name: str
    tags: tuple[tuple[str, str], ...]
    ops: tuple[str, ...]
    untyped: tuple[str, ...]
    defaults: str

    def tag(self, name: str) -> str:
        """Return a tag's value, "" where the job does not have it."""
        return dict(self.tags).get(name, "")


@dataclass(frozen=True)
class Registered:
    """A location after loading; `definitions` are the names of its `Definitions` objects."""

    name: str
    error: LoadError | None
    definitions: tuple[str, ...]
    jobs: tuple[Job, ...]


def read_report(report: dict[str, Any]) -> Registered:
    """Read what the child reports about one location."""
    error = LoadError(**report["error"]) if report.get("error") else None
    jobs = tuple(
        Job(
            job["name"],
            tuple(sorted(job["tags"].items())),
            tuple(job["ops"]),
            tuple(job["untyped"]),
            job["defaults"],
        )
        for job in report.get("jobs", ())
    )
    return Registered(report["name"], error, tuple(report.get("definitions", ())), jobs)
