"""What an image can be: Linux with glibc on x86_64 or aarch64, CPython 3.11 or newer.

Both questions are answered on the safe side: "yes" where it cannot be told.
"""

from __future__ import annotations

import re
from functools import cache

_MACHINES = ("x86_64", "aarch64")
_PYTHON = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}
_OLDEST_MINOR = 11
_OPERATORS = ("==", "===", "!=", "<", "<=", ">", ">=", "~=", "in", "not in")
_TOKEN = re.compile(
    r"\s*(?:(?P<word>\(|\)|and\b|or\b|not\s+in\b|in\b|===|[<>=!~]=|[<>])"
    r"|(?P<text>'[^']*'|\"[^\"]*\")|(?P<name>\w+))"
)
_CPYTHON = re.compile(r"cp3(\d+)")


@cache
def may_hold(marker: str) -> bool:
    """Say whether an environment marker holds in some image; true where it cannot be told.

    Markers know no negation of a group, so taking every unknown part as true only ever adds.
    https://packaging.python.org/en/latest/specifications/dependency-specifiers/
    """
    tokens = _tokens(marker)
    return any(_holds(tokens, machine) for machine in _MACHINES) if tokens else True


def fits(wheel: str) -> bool:
    """Say whether a wheel, by its file name, can be installed in some image."""
    try:
        python, abi, platform = wheel.removesuffix(".whl").rsplit("-", 3)[1:]
    except ValueError:
        return True
    return _platform_fits(platform) and any(_python_fits(tag, abi) for tag in python.split("."))


def _platform_fits(platforms: str) -> bool:
    return any(
        tag == "any" or (tag.startswith(("manylinux", "linux")) and tag.endswith(_MACHINES))
        for tag in platforms.split(".")
    )


def _python_fits(tag: str, abi: str) -> bool:
    minor = _CPYTHON.fullmatch(tag)
    if minor:
        return "abi3" in abi or int(minor[1]) >= _OLDEST_MINOR
    return not tag.startswith(("cp2", "py2", "pp", "graalpy"))


def _tokens(marker: str) -> list[str]:
    tokens, at = [], 0
    while at < len(marker.rstrip()):
        match = _TOKEN.match(marker, at)
        if not match:
            return []
        tokens.append(" ".join(match[0].split()) if match["word"] else match[0].strip())
        at = match.end()
    return tokens


def _holds(tokens: list[str], machine: str) -> bool:
    rest = list(reversed(tokens))
    value = _either(rest, {**_PYTHON, "platform_machine": machine})
    return value or bool(rest)


def _either(rest: list[str], known: dict[str, str]) -> bool:
    value = _both(rest, known)
    while rest and rest[-1] == "or":
        rest.pop()
        value = _both(rest, known) or value
    return value


def _both(rest: list[str], known: dict[str, str]) -> bool:
    value = _atom(rest, known)
    while rest and rest[-1] == "and":
        rest.pop()
        value = _atom(rest, known) and value
    return value


def _atom(rest: list[str], known: dict[str, str]) -> bool:
    if rest and rest[-1] == "(":
        rest.pop()
        value = _either(rest, known)
        if rest:
            rest.pop()
        return value
    if len(rest) < len(("left", "operator", "right")):
        rest.clear()
        return True
    left, operator, right = (_value(rest.pop(), known) for _ in range(3))
    if left is None or right is None:
        return True
    return _compare(left, operator or "", right)


def _value(token: str, known: dict[str, str]) -> str | None:
    if token[0] in "'\"":
        return token[1:-1]
    return token if token in _OPERATORS else known.get(token)


def _compare(left: str, operator: str, right: str) -> bool:
    match operator:
        case "==" | "===":
            return left == right
        case "!=":
            return left != right
        case "in":
            return left in right
        case "not in":
            return left not in right
        case _:
            return True
