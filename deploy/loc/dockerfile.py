"""What a Dockerfile copies from the build context, as far as `.dockerignore` lets it through.

The context is the repository's root. Whatever cannot be told counts as copied.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTINUED = re.compile(r"\\[ \t]*\n(?:[ \t]*#.*\n)*")
_FLAG = re.compile(r"--([\w-]+)(?:=(\S+))?\s+")
_GLOB = re.compile(r"(\*|\?|\[[^\]]+\])")
_WILDCARD = re.compile(r"[*?\[]")
_WILD = {"*": "[^/]*", "?": "[^/]"}
_VARIABLE = re.compile(r"\$(?:\{[^}]*\}|\w+)")


@dataclass(frozen=True)
class Copied:
    """Globs of what is copied, and rules of what the context leaves out (`!`: lets in again)."""

    sources: frozenset[str]
    ignored: tuple[str, ...]

    def holds(self, path: str) -> bool:
        """Say whether the image may hold the file."""
        return any(_covers(source, path) for source in self.sources) and not self._left_out(path)

    def _left_out(self, path: str) -> bool:
        last = next(
            (rule for rule in reversed(self.ignored) if _covers(_normal(rule.lstrip("!")), path)),
            "!",
        )
        return not last.startswith("!")


def copied(dockerfile: bytes | None, ignore: bytes | None, folder: str) -> Copied:
    """Read a Dockerfile that stands in `folder`, and the `.dockerignore` of the root.

    A source counts from the root and from the Dockerfile's own folder: both are in use.
    """
    sources = frozenset(
        _normal(prefix + source)
        for keyword, rest in _instructions((dockerfile or b"").decode(errors="replace"))
        for source in _sources(keyword, rest)
        for prefix in ("", f"{folder}/")
    )
    return Copied(sources, ignore_rules(ignore))


@cache
def ignore_rules(content: bytes | None) -> tuple[str, ...]:
    """Return the lines of a `.dockerignore` that say something."""
    lines = (line.strip() for line in (content or b"").decode(errors="replace").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    for line in _CONTINUED.sub(" ", text).splitlines():
        keyword, *rest = line.removeprefix("ONBUILD ").split(maxsplit=1) or [""]
        yield keyword.upper(), "".join(rest).rstrip()


def _sources(keyword: str, rest: str) -> list[str]:
    flags = []
    while found := _FLAG.match(rest):
        flags.append((found[1].lower(), found[2] or ""))
        rest = rest[found.end() :]
    if keyword == "RUN":
        return [source for name, value in flags if name == "mount" for source in _mounted(value)]
    if keyword not in ("ADD", "COPY") or any(name == "from" for name, _ in flags):
        return []
    return _words(rest)[:-1] or ["."]


def _mounted(options: str) -> list[str]:
    fields = dict(option.partition("=")[::2] for option in options.split(","))
    if fields.get("type", "bind") != "bind" or "from" in fields:
        return []
    return [fields.get("source") or fields.get("src") or "."]


def _words(rest: str) -> list[str]:
    if rest.startswith("["):
        try:
            return [str(word) for word in json.loads(rest)]
        except ValueError:
            return []
    # A here-document has its text in the Dockerfile itself.
    return [word.strip("\"'") for word in rest.split() if not word.startswith("<<")]


def _normal(source: str) -> str:
    parts: list[str] = []
    for part in _VARIABLE.sub("**", source).split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _covers(glob: str, path: str) -> bool:
    """Say whether the glob is the path or a folder above it; `*` stays within one, `**` not."""
    plain = _WILDCARD.split(glob, maxsplit=1)[0]
    if plain == glob:
        return not glob or f"{path}/".startswith(f"{glob}/")
    return path.startswith(plain) and bool(_pattern(glob).fullmatch(path))


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    parts = []
    for part in glob.split("/"):
        if part == "**":
            parts.append("(?:.*/)?")
        else:
            parts.append(".*".join(map(_within_folder, part.split("**"))) + "/")
    expression = "".join(parts).removesuffix("/")
    if expression.endswith("(?:.*/)?"):
        return re.compile(expression + ".*", re.DOTALL)
    return re.compile(expression + "(?:/.*)?", re.DOTALL)


def _within_folder(part: str) -> str:
    return "".join(_WILD.get(piece) or _literal(piece) for piece in _GLOB.split(part))


def _literal(piece: str) -> str:
    if piece.startswith("[") and piece.endswith("]"):
        return piece.replace("[!", "[^", 1)
    return re.escape(piece)
