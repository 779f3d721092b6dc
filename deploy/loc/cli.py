"""The command `loc`: its verbs in the order of the guide's path, and the one error boundary."""

from __future__ import annotations

import importlib
import sys

import click

from loc.errors import INTERNAL, LocError

VERBS = {
    "new": "Start a location: everything it needs, ready to run (guide 2.1).",
    "check": "Check locations against the guide's standards (guide 2.3, 4.3).",
    "affected": "Show which locations a change rebuilds, and why (guide 5.1).",
}
"""Each verb is the command of the same name in `loc.commands.<verb>`, imported when it runs."""

_INTERRUPTED = 130
_CLOSED_PIPE = 141


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        command = getattr(importlib.import_module(f"loc.commands.{cmd_name}"), cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=_Verbs, subcommand_metavar="VERB [ARGS]...")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def loc(debug: bool) -> None:
    """Take a code location along the development guide's path: one verb per step.

    \b
    Exit codes: 0 done or nothing to do, 1 findings, 2 usage, 10 conflict not settled,
    11 registry, 12 Dagster not reachable, 13 verification failed and rolled back,
    14 rollback failed, 15 superseded by a newer release, 70 a defect of loc.
    """  # noqa: D301 - click's mark for a paragraph that is not wrapped
    del debug  # read by `main`, which stands outside of click


def main() -> None:
    """Run the command and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command; return its exit code. Errors become `error:` and `hint:` on stderr."""
    try:
        # click returns the code of `Exit` and what the command returned: None, or an exit code
        return loc.main(arguments, prog_name="loc", standalone_mode=False) or 0
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except SystemExit:
        # click's answer to a reader that went away; its code 1 would be read as "findings"
        return _CLOSED_PIPE
    except Exception as error:  # noqa: BLE001 - the boundary: nothing stands above it
        if "--debug" in arguments:
            _traceback()
        return _report(error)


def _report(error: Exception) -> int:
    if isinstance(error, LocError):
        message, hint, code = error.message, error.hint, error.exit_code
    elif isinstance(error, click.ClickException):
        message, code = error.format_message(), error.exit_code
        hint = f"see {_verb_of(error)} --help"
    else:
        message, code = f"{type(error).__name__}: {error}", INTERNAL
        hint = "this is a defect of loc: run again as loc --debug and report it"
    click.echo(f"error: {message}\nhint: {hint}", err=True)
    return code


def _verb_of(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return context.command_path if context else "loc"


def _traceback() -> None:
    import traceback

    traceback.print_exc()
