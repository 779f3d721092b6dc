"""`loc affected`: which locations a change affects (guide 5.1, steps 1 and 2)."""

from __future__ import annotations

from pathlib import Path

import click

from loc import affected_report
from loc.errors import UsageError
from loc.gateways import comparison
from loc.gateways.git import open_repository


@click.command()
@click.option("--base", metavar="REF", help="Compare with the merge base of HEAD and REF [main].")
@click.option("--since-release", is_flag=True, help="Compare each location with its last release.")
@click.option("--json", "form", flag_value="json", help="A list of location, for, reasons.")
@click.option("--matrix", "form", flag_value="matrix", help="The locations to build, for CI.")
@click.option("--markdown", "form", flag_value="markdown", help="A table and a picture.")
def affected(base: str | None, since_release: bool, form: str | None) -> None:
    """Show which locations a change affects, for what, and why (guide 5.1).

    \b
    build   the image or its configuration changes
    test    only tests, documents or development dependencies change
    remove  the location is gone

    Compares commits: what is not committed is not seen. `--since-release` is what a delivery asks,
    since no change is lost when a run before it was cancelled; `--base` is what a review asks.
    """  # noqa: D301 - click's mark for a paragraph that is not wrapped
    if since_release and base is not None:
        raise UsageError("--base and --since-release exclude each other", hint="leave one out")
    repository = open_repository(Path.cwd())
    if since_release:
        found = comparison.affected_since_release(repository)
    else:
        found = comparison.affected_since_fork(repository, base)
    click.echo(affected_report.FORMS[form or "text"](found), nl=False)
    if not found:
        click.echo("no location is affected", err=True)
