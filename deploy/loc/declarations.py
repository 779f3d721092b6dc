"""What a location's pyproject.toml declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loc.python_modules import Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loc.sources import File


@dataclass(frozen=True)
class Declarations:
    """The tables that the rules ask for; `ignored` are names by a code of deptry's."""

    path: str
    text: str
    name: str
    dependencies: tuple[str, ...]
    backend: tuple[str, ...]
    ignored: Mapping[str, tuple[str, ...]]


def read(file: File) -> Declarations | Unreadable:
    """Read a pyproject.toml; it must declare its name and, itself, its dependencies."""
    import tomllib

    if file.unread:
        return Unreadable(file.path, 1, file.unread)
    line = 1
    try:
        text = file.text()
        return _declarations(file.path, text, tomllib.loads(text))
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except tomllib.TOMLDecodeError as error:
        reason, line = str(error), _line(str(error))
    except RecursionError:
        reason = "it is nested too deeply"
    except (KeyError, TypeError) as error:
        reason = f"{error.args[0]} is missing or of the wrong type"
    return Unreadable(file.path, line, reason)


def _declarations(path: str, text: str, content: dict[str, Any]) -> Declarations:
    project = _table(content, "project")
    dependencies = _texts(project, "project.dependencies")
    backend = _texts(_table(content, "build-system"), "build-system.requires")
    name = project.get("name")
    if not isinstance(name, str):
        raise KeyError("project.name")
    return Declarations(path, text, name, dependencies, backend, _ignored(content))


def _ignored(content: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    place: Any = content
    for key in ("tool", "deptry", "per_rule_ignores"):
        place = place.get(key, {})
        if not isinstance(place, dict):
            raise TypeError(key)
    return {code: tuple(map(str, values)) for code, values in place.items()}


def _table(content: dict[str, Any], name: str) -> dict[str, Any]:
    found = content.get(name)
    if not isinstance(found, dict):
        raise KeyError(f"[{name}]")
    return found


def _texts(table: dict[str, Any], name: str) -> tuple[str, ...]:
    found = table.get(name.rpartition(".")[2])
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise TypeError(name)
    return tuple(found)


def _line(message: str) -> int:
    _, _, place = message.partition("at line ")
    number = place.partition(",")[0]
    return int(number) if number.isdigit() else 1
