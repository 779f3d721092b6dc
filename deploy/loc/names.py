"""What a location may be called: one name for its folder, package, image, Service and release."""

from __future__ import annotations

import keyword
import re
import sys

from loc.errors import UsageError

LONGEST = 53
"""Helm's limit for a release name; a Service, and whatever else the chart names, may have more."""

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
_EXAMPLE = "name the domain it serves, such as inventory_sync_service"
_HOST = "dagster"
# Soft keywords of newer Pythons than the one that runs.
_KEYWORDS = {*keyword.kwlist, *keyword.softkwlist, "type"}


def service_name(name: str) -> str:
    """Return the kebab-case name: of the Service, the Helm release, the project and the image."""
    return name.replace("_", "-")


def check_new(name: str, in_use: str) -> None:
    """Raise UsageError unless a new location can have this name.

    `in_use` says what has the name already, such as "an installed module"; empty: nothing.
    """
    if not _SNAKE_CASE.fullmatch(name):
        raise UsageError(
            f"{name!r} is not snake_case: words of a-z and 0-9, a letter first, joined by single "
            "underscores",
            hint=_suggestion(name),
        )
    if len(name) > LONGEST:
        raise UsageError(
            f"{name} has {len(name)} characters; the name of a Helm release has at most {LONGEST}",
            hint="name the domain, not the whole organisation",
        )
    reason = _reserved(name) or in_use
    if reason:
        raise UsageError(
            f"{name} cannot be a location: it is {reason}",
            hint=_EXAMPLE,
        )


def _reserved(name: str) -> str:
    if name in _KEYWORDS:
        return "a keyword of Python"
    if name in sys.stdlib_module_names:
        return "a module of Python's standard library"
    if name == _HOST or name.startswith(f"{_HOST}_"):
        return "a name of Dagster's own packages and Services"
    return ""


def _suggestion(name: str) -> str:
    words = "_".join(_WORD.findall(name)).lower()
    if _SNAKE_CASE.fullmatch(words) and len(words) <= LONGEST:
        return f"call it {words}"
    return _EXAMPLE
