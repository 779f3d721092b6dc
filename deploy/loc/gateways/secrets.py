"""Credentials that stand in a text, as detect-secrets finds them; nothing is verified online."""

from __future__ import annotations

import re
import tempfile
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# An image's tag and a digest are long and random, and are no secret.
_PUBLIC = re.compile(
    r"(?:tag|digest|sha\d+|commit|revision|checksum|hash)[\"']?\s*[:=]|@sha256:", re.IGNORECASE
)

# The name of an environment variable, as settings have it.
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
# `password: str = "..."` is read as `password = "..."`, which the plug-in for names expects.
_ANNOTATION = re.compile(r"^(\s*\w+)\s*:[^=\"'#]+=")
_NAME = r"\1 ="


# The entropy that is asked for needs at least so many different characters.
_RANDOM = re.compile(r"""(["'])(?:[0-9a-fA-F]{8,}|[A-Za-z0-9+/=\\_-]{22,})\1""")
# An address on the internet is no credential.
_ADDRESSES = "IPPublicDetector"
# Plug-ins with slow patterns, for secrets that are words of at least 24 characters.
_LONG = ("CloudantDetector", "IbmCloudIamDetector", "IbmCosHmacDetector", "SoftlayerDetector")
_LONG_WORD = re.compile(r"[\w\[\]\\^`-]{24}")


class Secret(NamedTuple):
    """A line that seems to hold a credential, of which kinds; the credential is not kept."""

    line: int
    kinds: str


@dataclass(frozen=True)
class Text:
    """A text to be searched; `suffix` says what it is, as in a file's name."""

    path: str
    suffix: str
    text: str


class _Line(NamedTuple):
    path: str
    number: int
    text: str


class _Suspicions(NamedTuple):
    """Patterns for a whole text, and those for lines that have a long word."""

    patterns: tuple[re.Pattern[str], ...]
    long: tuple[re.Pattern[str], ...]


def search(texts: Iterable[Text]) -> Iterator[tuple[str, Secret]]:
    """Yield (path, secret) for each line of the texts that seems to hold a credential."""
    from detect_secrets.settings import default_settings

    with default_settings() as settings, tempfile.TemporaryDirectory() as folder:
        settings.disable_plugins(_ADDRESSES)
        suspicions = _suspicions()
        batches: dict[str, list[_Line]] = {}
        for text in texts:
            # All Python goes in one file; what else there is may be read as a whole by its kind.
            name = "code.py" if text.suffix == ".py" else f"{len(batches)}{text.suffix}"
            batches.setdefault(name, []).extend(_suspects(text, suspicions))
        for name, lines in batches.items():
            yield from _scan(Path(folder) / name, lines)


def _scan(place: Path, lines: list[_Line]) -> Iterator[tuple[str, Secret]]:
    from detect_secrets.core.scan import scan_file

    suspects = "".join(f"{_ANNOTATION.sub(_NAME, line.text)}\n" for line in lines)
    place.write_text(suspects, encoding="utf-8")
    found: dict[_Line, set[str]] = {}
    for secret in scan_file(str(place)) if lines else ():
        line = lines[secret.line_number - 1]
        if not (_PUBLIC.search(line.text) or _VARIABLE.fullmatch(secret.secret_value or "")):
            found.setdefault(line, set()).add(secret.type)
    for line, kinds in sorted(found.items()):
        yield line.path, Secret(line.number, ", ".join(sorted(kinds)))


def _suspects(text: Text, suspicions: _Suspicions) -> list[_Line]:
    """Return the lines that a plug-in may react to, each with the one above it.

    Only these are handed over, since each line costs a call of every plug-in. The line above may
    hold the comment that allows the next line.
    """
    lines = [line.replace("\r", " ") for line in text.text.split("\n")]
    found = _suspect_lines(text.text, lines, suspicions)
    near = sorted(n for n in found | {n - 1 for n in found} if 0 <= n < len(lines))
    return [_Line(text.path, number + 1, lines[number]) for number in near]


def _suspect_lines(text: str, lines: list[str], suspicions: _Suspicions) -> set[int]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found = {_line_at(starts, at) for at in _keywords(_small(text))}
    for pattern in suspicions.patterns:
        for match in pattern.finditer(text):
            found |= {_line_at(starts, match.start()), _line_at(starts, match.end())}
    # Looked for in the few lines only that have a word as long as such a secret.
    for number in {_line_at(starts, match.start()) for match in _LONG_WORD.finditer(text)}:
        if any(pattern.search(lines[number]) for pattern in suspicions.long):
            found.add(number)
    return found


def _small(text: str) -> str:
    """Return a text in small letters, every character where it was."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(char.lower()[0] for char in text)


def _keywords(text: str) -> Iterator[int]:
    """Yield where a word stands that names a credential; `text` is in small letters."""
    from detect_secrets.plugins.keyword import DENYLIST

    words = {word.replace("_?", part) for word in DENYLIST for part in ("", "_")}
    for word in words:
        at = text.find(word)
        while at >= 0:
            yield at
            at = text.find(word, at + 1)


def _line_at(starts: list[int], at: int) -> int:
    return bisect_right(starts, at) - 1


def _suspicions() -> _Suspicions:
    """Return patterns that match at least wherever a plug-in finds something."""
    from detect_secrets.plugins.base import RegexBasedDetector
    from detect_secrets.settings import get_plugins

    plugins = [plugin for plugin in get_plugins() if isinstance(plugin, RegexBasedDetector)]
    short = [p for plugin in plugins if plugin.json()["name"] not in _LONG for p in plugin.denylist]
    long = [p for plugin in plugins if plugin.json()["name"] in _LONG for p in plugin.denylist]
    return _Suspicions((_RANDOM, *short), tuple(long))
