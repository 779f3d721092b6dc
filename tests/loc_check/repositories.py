"""The corpus of `loc check`: small repositories, each a base with a few changes, and what is found.

A case stands in `corpus/check/<code>-<name>/case.toml`: `why` it exists, the changes to the base
(`remove`, `write`, `replace`, `link`), and `expected`, the whole output. A name with `-near-` is a
near miss of the rule, which finds nothing. With `load` the location is loaded too.
"""

import subprocess
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

CORPUS = Path(__file__).parents[1] / "corpus" / "check"
BASE: Mapping[str, str] = tomllib.loads((CORPUS / "base.toml").read_text())["write"]


class Outcome(NamedTuple):
    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Case:
    name: str
    content: Mapping[str, Any]

    @property
    def code(self) -> str:
        return self.name.partition("-")[0]

    @property
    def is_near(self) -> bool:
        return self.name.partition("-")[2].startswith("near-")

    @property
    def is_loaded(self) -> bool:
        return bool(self.content.get("load", False))

    @property
    def expected(self) -> str:
        return "".join(f"{line}\n" for line in self.content["expected"])

    def files(self) -> dict[str, str]:
        """Return the files of the repository, links aside, by path."""
        files = {**BASE, **self.content.get("write", {})}
        for path in self.content.get("remove", ()):
            del files[path]
        for change in self.content.get("replace", ()):
            assert change["old"] in files[change["path"]], (self.name, change)
            files[change["path"]] = files[change["path"]].replace(change["old"], change["new"])
        return files


def cases() -> Iterator[Case]:
    for path in sorted(CORPUS.glob("*/case.toml")):
        yield Case(path.parent.name, tomllib.loads(path.read_text(encoding="utf-8")))


def lay_out(
    root: Path, files: Mapping[str, str | bytes], links: Mapping[str, str] | None = None
) -> None:
    """Write a repository that git knows."""
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    for path, target in (links or {}).items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)


def renamed(case: Case, name: str) -> dict[str, str]:
    """Return the location of a case, and its values, under another name."""
    return {
        _renamed(path, name): _renamed(content, name)
        for path, content in case.files().items()
        if path.startswith(("locations/", "deploy/values/"))
    }


def restored(text: str, name: str) -> str:
    """Undo the renaming in an output."""
    return text.replace(name, "demo_service").replace(name.replace("_", "-"), "demo-service")


def workspace(names: Iterable[str]) -> str:
    entry = BASE["workspace.yaml"].removeprefix("load_from:\n")
    return "load_from:\n" + "".join(_renamed(entry, name) for name in names)


def _renamed(text: str, name: str) -> str:
    return text.replace("demo_service", name).replace("demo-service", name.replace("_", "-"))
