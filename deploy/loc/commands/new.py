"""`loc new`: a complete location, all of it or nothing (guide 2.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from os.path import lexists
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loc import names, workspace
from loc.errors import UsageError
from loc.gateways import ruff, template, uv
from loc.gateways.additions import Edit, put, staged
from loc.gateways.git import open_repository
from loc.gateways.taken import use_of
from loc.locations import Location
from loc.settings import LOCK, SHARED_PACKAGE, WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class _Result:
    """What was written: new files, and files that changed."""

    location: Location
    created: Sequence[str]
    changed: Sequence[str]
    dry_run: bool

    def next_steps(self) -> list[str]:
        if self.dry_run:
            return [f"loc new {self.location.name}"]
        return [
            f"uv run pytest {self.location.path}",
            f"uv run loc check {self.location.name}",
            "uv run dagster dev",
            f"git add {self.location.path} {self.location.values} {WORKSPACE} {LOCK}",
        ]


@click.command()
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Do everything but write; show what would be.")
@click.option("--json", "as_json", is_flag=True, help="An object: location, created, changed, ….")
def new(name: str, dry_run: bool, as_json: bool) -> None:
    """Start the location NAME: all that the guide asks for, ready to run (guide 2.1).

    Renders deploy/template, adds the entry of workspace.yaml, and lets uv lock the package. NAME is
    the domain in snake_case, of at most 53 characters (a Helm release has that name). All is
    written, or nothing; after a run that was killed, the same command completes its work.
    """
    names.check_new(name, in_use="")
    root, location = open_repository(Path.cwd()).root, Location(name)
    result = _create(root, location, dry_run=dry_run)
    click.echo(_as_json(result) if as_json else _as_text(result), nl=False)
    if not as_json:
        click.echo("\n  ".join(["next:", *result.next_steps()]), err=True)


def _create(root: Path, location: Location, *, dry_run: bool) -> _Result:
    listed = Edit.of(root, WORKSPACE)
    parts = [location.values, location.path]
    present = [part for part in parts if lexists(root / part)]
    is_listed = _is_listed(location, workspace.entries(listed.old))
    if present == parts and is_listed:
        raise UsageError(
            f"the location {location.name} exists already",
            hint=f"work in {location.path}, or choose another name",
        )
    names.check_new(location.name, use_of(root, location))
    with staged(root, location.name) as stage:
        files = _render(root, stage, location)
        for part in present:
            _refuse_other_content(root, stage, part, files)
        edits = [Edit.of(root, LOCK).to(uv.lock_with(root, stage))]
        if not is_listed:
            edits.append(listed.to(workspace.with_entry(listed.old, location.name)))
        changed = [edit for edit in edits if edit.new != edit.old]
        if not dry_run:
            # The folder comes last: while it is missing, the next run completes the work.
            put(root, stage, changed, [part for part in parts if part not in present])
    created = [path for path in files if not any(_is_below(path, part) for part in present)]
    return _Result(location, created, [edit.path for edit in changed], dry_run)


def _is_listed(location: Location, entries: Sequence[workspace.Entry]) -> bool:
    """Say whether the workspace has the location's entry. Raises UsageError on another's."""
    wanted = workspace.Entry(location.name, f"{location.name}.repository")
    for entry in entries:
        same = entry.name == wanted.name or entry.module.partition(".")[0] == wanted.name
        if same and entry != wanted:
            raise UsageError(
                f"{WORKSPACE} has {wanted.name} already: {entry.name} loads {entry.module or '?'}",
                hint="choose another name, or remove the entry",
            )
    return wanted in entries


def _render(root: Path, stage: Path, location: Location) -> list[str]:
    values = {
        "name": location.name,
        "service": names.service_name(location.name),
        "operation": location.name.upper(),
    }
    files = template.render(root, stage, values)
    strays = [f for f in files if not _is_below(f, location.path) and f != location.values]
    if strays:
        raise UsageError(
            f"the template writes {strays[0]}, which is no part of the location",
            hint=f"keep it to {location.path} and {location.values}",
        )
    # uv's copies are not there yet: the settings that ruff finds are the repository's own.
    ruff.tidy(stage, (SHARED_PACKAGE, location.name))
    return files


def _refuse_other_content(root: Path, stage: Path, part: str, files: Sequence[str]) -> None:
    for path in files:
        if not _is_below(path, part):
            continue
        written = root / path
        if not written.is_file() or written.read_bytes() != (stage / path).read_bytes():
            raise UsageError(
                f"{part} exists already and is not what loc new writes: see {path}",
                hint=f"choose another name, or remove {part}",
            )


def _is_below(path: str, part: str) -> bool:
    return path == part or path.startswith(f"{part}/")


def _as_text(result: _Result) -> str:
    said = ("would create", "would change") if result.dry_run else ("created", "changed")
    rows = [(said[0], path) for path in result.created] + [(said[1], p) for p in result.changed]
    return "".join(f"{verb}  {path}\n" for verb, path in rows)


def _as_json(result: _Result) -> str:
    content = {
        "location": result.location.name,
        "created": result.created,
        "changed": result.changed,
        "dry_run": result.dry_run,
        "next": result.next_steps(),
    }
    return json.dumps(content, indent=2) + "\n"
