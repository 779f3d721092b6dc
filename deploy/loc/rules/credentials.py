"""Guide 2.3: no credentials in code, values, Dockerfiles and notebooks."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING

from loc.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loc.findings import Finding
    from loc.sources import File

CREDENTIAL = Rule(
    "L2340",
    "no credentials in files",
    "What is committed is known to everyone who can read the repository, for ever.",
    "Take it from the environment, and change the credential: it is no secret any more. "
    "For a false alarm, end the line with a comment `pragma: allowlist secret`.",
)
NOT_SEARCHED = Rule(
    "L2341",
    "every file of code or configuration can be searched for credentials",
    "A credential in a file that cannot be read stays unseen.",
    "Keep code and configuration under 1 MiB, in UTF-8, and notebooks in valid JSON.",
)
RULES = (CREDENTIAL, NOT_SEARCHED)

_SUFFIXES = {
    *(".cfg", ".conf", ".env", ".ini", ".ipynb", ".json", ".md", ".properties", ".py", ".rst"),
    *(".sh", ".sql", ".toml", ".txt", ".yaml", ".yml", ".pem", ".key"),
}
_NAMES = ("Dockerfile", "Containerfile", ".env", ".netrc", ".npmrc", ".pypirc")
_OWN_CODES = (".py", ".toml", ".yaml", ".yml")  # unreadable ones have a code of their own


def searchable(files: Iterable[File]) -> Iterator[tuple[str, str, str]]:
    """Yield path, suffix and text of the files that are searched; notebooks as their code."""
    for file in files:
        text = _text(file)
        if text is not None:
            yield file.path, _suffix(file.path), text


def find(found: Iterable[tuple[str, int, str]]) -> Iterator[Finding]:
    """Turn what was found, (path, line, kinds), into findings."""
    for path, line, kinds in found:
        yield CREDENTIAL.at(path, line, f"looks like a credential ({kinds})")


def find_unsearched(files: Iterable[File]) -> Iterator[Finding]:
    """Find files that should be searched and cannot be."""
    for file in files:
        if _is_searched(file) and _text(file) is None and not _has_own_code(file):
            reason = file.unread or "it is not readable as its kind"
            yield NOT_SEARCHED.at(file.path, 1, f"not searched: {reason}")


def _has_own_code(file: File) -> bool:
    return file.name.endswith(_OWN_CODES) or file.name == "Dockerfile"


def _is_searched(file: File) -> bool:
    known = file.name in _NAMES or posixpath.splitext(file.name)[1] in _SUFFIXES
    return known and not file.link


def _text(file: File) -> str | None:
    if not _is_searched(file) or file.unread:
        return None
    try:
        text = file.text()
        return _code(text) if file.name.endswith(".ipynb") else text
    except (ValueError, RecursionError):
        return None


def _suffix(path: str) -> str:
    suffix = posixpath.splitext(path)[1]
    return ".py" if suffix == ".ipynb" else suffix


def _code(text: str) -> str:
    """Return a notebook with the lines of its cells decoded, each on the line it has in the file.

    Raises ValueError for a file that is no JSON.
    """
    json.loads(text)
    return "\n".join(_decoded(line) for line in text.split("\n"))


def _decoded(line: str) -> str:
    try:
        value = json.loads(line.strip().rstrip(","))
    except ValueError:
        return line
    return " ".join(value.splitlines()) if isinstance(value, str) else line
