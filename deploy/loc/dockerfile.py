"""What a Dockerfile copies from the build context, as far as `.dockerignore` lets it through.

The context is the repository's root. Whatever cannot be told counts as copied.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_CONTINUED = re.compile(r"\\[ \t]*\n(?:[ \t]*#.*\n)*")
_INSTRUCTION = re.compile(
    r"^\s*(?:ONBUILD\s+)?(COPY|ADD|RUN)\s+(.*)$", re.IGNORECASE | re.MULTILINE
)
_FLAG = re.compile(r"--([\w-]+)(?:=(\S+))?\s+")
_GLOB = re.compile(r"(\*|\?|\[[^\]]+\])")
_WILD = {"*": "[^/]*", "?": "[^/]"}
_VARIABLE = re.compile(r"\$(?:\{[^}]*\}|\w+)")


@dataclass(frozen=True)
class Copied:
    """Patterns of what is copied, and of what the context leaves out (False: lets in again)."""

    sources: tuple[re.Pattern[str], ...]
    ignored: tuple[tuple[re.Pattern[str], bool], ...]

    def holds(self, path: str) -> bool:
        """Say whether the image may hold the file."""
        return any(source.fullmatch(path) for source in self.sources) and not self._left_out(path)

    def _left_out(self, path: str) -> bool:
        left_out = False
        for pattern, verdict in self.ignored:
            if pattern.fullmatch(path):
                left_out = verdict
        return left_out


def copied(dockerfile: bytes | None, ignore: bytes | None, folder: str) -> Copied:
    """Read a Dockerfile that stands in `folder`, and the `.dockerignore` of the root.

    A source counts from the root and from the Dockerfile's own folder: both are in use.
    """
    text = _CONTINUED.sub(" ", (dockerfile or b"").decode(errors="replace"))
    sources = {
        _normal(prefix + source)
        for keyword, rest in _INSTRUCTION.findall(text)
        for source in _sources(keyword.upper(), rest)
        for prefix in ("", f"{folder}/")
    }
    return Copied(
        tuple(_pattern(source) for source in sorted(sources)), tuple(_ignored(ignore or b""))
    )


def ignore_rules(content: bytes | None) -> list[str]:
    """Return the lines of a `.dockerignore` that say something."""
    lines = (line.strip() for line in (content or b"").decode(errors="replace").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _sources(keyword: str, rest: str) -> list[str]:
    flags = []
    while found := _FLAG.match(rest):
        flags.append((found[1].lower(), found[2] or ""))
        rest = rest[found.end() :]
    if keyword == "RUN":
        return [source for name, value in flags if name == "mount" for source in _mounted(value)]
    if any(name == "from" for name, _ in flags):
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


def _ignored(content: bytes) -> list[tuple[re.Pattern[str], bool]]:
    return [
        (_pattern(_normal(rule.removeprefix("!"))), not rule.startswith("!"))
        for rule in ignore_rules(content)
    ]


def _pattern(glob: str) -> re.Pattern[str]:
    """Match the path and all below it; `*` stays within a folder, `**` does not."""
    parts = []
    for part in glob.split("/") if glob else ():
        if part == "**":
            parts.append("(?:.*/)?")
        elif "**" in part:
            parts.append(".*/")
        else:
            parts.append(f"{_within_folder(part)}/")
    expression = "".join(parts).removesuffix("/")
    if not expression or expression.endswith("(?:.*/)?"):
        return re.compile(expression + ".*", re.DOTALL)
    return re.compile(expression + "(?:/.*)?", re.DOTALL)


def _within_folder(part: str) -> str:
    return "".join(_WILD.get(piece) or _literal(piece) for piece in _GLOB.split(part))


def _literal(piece: str) -> str:
    if piece.startswith("[") and piece.endswith("]"):
        return piece.replace("[!", "[^", 1)
    return re.escape(piece)
