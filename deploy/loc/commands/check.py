"""`loc check`: the standards of the development guide (guide 2.3 and 4.3)."""

from __future__ import annotations

import gc
from pathlib import Path

import click

from loc import findings
from loc.errors import FINDINGS, UsageError

_FORMS = {
    "text": findings.as_text,
    "json": findings.as_json,
    "markdown": findings.as_markdown,
}
_ALL = "all"


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--staged", is_flag=True, help="Only what the next commit touches; loads nothing.")
@click.option("--load/--no-load", default=True, help="Load definitions in a child [--load].")
@click.option("--explain", is_flag=False, flag_value=_ALL, metavar="[CODE]", help="Why, and how.")
@click.option("--json", "form", flag_value="json", help="A list of path, line, code, text.")
@click.option("--markdown", "form", flag_value="markdown", help="A table for a pull request.")
def check(
    names: tuple[str, ...], staged: bool, load: bool, explain: str | None, form: str | None
) -> int:
    """Check locations against the guide's standards; all of them where none is named.

    Findings go to stdout as `path:line: CODE text`, and the exit code is then 1. The first two
    digits of a code are the section of the guide.
    """
    if explain:
        return _explain(explain)
    if staged and names:
        raise UsageError("--staged finds the locations itself", hint="leave the names out")
    found, looked_at = _check(names, staged=staged, load=load and not staged)
    click.echo(_FORMS[form or "text"](found), nl=False)
    click.echo(f"{looked_at} checked, {_count(len(found), 'finding')}", err=True)
    return FINDINGS if found else 0


def _explain(code: str) -> int:
    from loc.rules import catalogue

    click.echo(catalogue.overview() if code == _ALL else catalogue.explain(code), nl=False)
    return 0


def _check(
    names: tuple[str, ...], *, staged: bool, load: bool
) -> tuple[list[findings.Finding], str]:
    from loc.gateways import worktree
    from loc.locations import discover, select

    tree = worktree.open_worktree(Path.cwd())
    changed = worktree.staged(tree.root) if staged else []
    if staged and not changed:
        return [], "nothing staged,"
    from loc import checks

    known = discover(tree.paths)
    if staged:
        scope = checks.staged_scope(known, changed)
    else:
        scope = checks.Scope(tuple(select(known, names)), whole=not names)
    # The syntax trees live until the end: collecting would only walk all of them again and again.
    gc.disable()
    try:
        return checks.check(tree, scope, load=load), _count(len(scope.locations), "location")
    finally:
        gc.enable()


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
