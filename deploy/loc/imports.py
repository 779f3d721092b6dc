"""Which modules of the shared library a file reaches, told from its text alone.

A reference is a dotted name below the library's package; `.*` at its end means everything there.
Whatever is not provably unreachable counts: imports inside functions and for type checkers, names
in strings, and for an import whose name is computed, the whole package.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loc.settings import SHARED, SHARED_PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

EVERYTHING = f"{SHARED_PACKAGE}.*"

MENTION = (
    "shared[-_]resources|import_module|__import__|pkgutil|runpy|spec_from_file_location"
    "|SourceFileLoader|load_[a-z_]+_from_[a-z_]+"
    "|(^|[^[:alnum:]_.])(exec|eval)([^[:alnum:]_]|$)"
)
"""Extended regular expression for the lines that can reach the library; others cannot."""

_COMPUTED = re.compile(
    r"import_module|__import__|pkgutil|runpy|spec_from_file_location|SourceFileLoader"
    r"|load_[a-z_]+_from_[a-z_]+"
)
_RUNNERS = ("exec", "eval")
_DOTTED = re.compile(rf"\b{SHARED_PACKAGE}((?:\.\w+)*)(\.| import\b)?")
_PLAIN_FROM = re.compile(rf"\s*from {SHARED_PACKAGE}((?:\.\w+)*) import ([\w, ]+|\()\s*(?:#.*)?")
_PLAIN_IMPORT = re.compile(rf"\s*import {SHARED_PACKAGE}((?:\.\w+)*)(?: as \w+)?\s*(?:#.*)?")
_ROOT = f"{SHARED}/{SHARED_PACKAGE}/"


def module_of(path: str) -> str | None:
    """Return the dotted name of a module of the library, None for any other path."""
    if not path.startswith(_ROOT) or not path.endswith(".py"):
        return None
    parts = path[len(SHARED) + 1 : -len(".py")].split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@dataclass(frozen=True)
class Use:
    """A file of a location that mentions the library, and the modules it loads by that.

    `aside`: the file takes part in tests only, unless the image holds it.
    """

    path: str
    modules: frozenset[str]
    aside: bool


@dataclass(frozen=True)
class Library:
    """The library's modules and what each of them imports from it."""

    imports: Mapping[str, frozenset[str]]

    def targets(self, references: Iterable[str]) -> frozenset[str]:
        """Return the modules that importing `references` loads, packages on the way included."""
        return frozenset(module for name in references for module in self._resolve(name))

    def has_submodules(self, module: str) -> bool:
        """Say whether the name is a package with modules in it."""
        return any(name.startswith(f"{module}.") for name in self.imports)

    def importers(self, module: str) -> dict[str, tuple[str, ...]]:
        """Return each module that reaches `module`: those after it on the way, itself the last."""
        above = defaultdict(list)
        for name, references in self.imports.items():
            for target in self.targets(references):
                above[target].append(name)
        chains: dict[str, tuple[str, ...]] = {module: ()}
        waiting = deque([module])
        while waiting:
            current = waiting.popleft()
            for name in above[current]:
                if name not in chains:
                    chains[name] = (*chains[current], name)
                    waiting.append(name)
        return chains

    def _resolve(self, reference: str) -> Iterator[str]:
        base = reference.removesuffix(".*")
        parts = base.split(".")
        for end in range(1, len(parts) + 1):
            name = ".".join(parts[:end])
            if name in self.imports:
                yield name
        everything = f"{base}." if reference != base else f"{base}.__main__"
        yield from (name for name in self.imports if f"{name}.".startswith(everything))


def library(sources: Mapping[str, bytes], absent: Iterable[str]) -> Library:
    """Read the library's modules by path; `absent` are paths of modules that no longer exist.

    An import of a module that was deleted still stands for it, so that its importers are found.
    """
    imports: dict[str, frozenset[str]] = {}
    for path, source in sources.items():
        name = module_of(path)
        if name is not None:
            package = name if path.endswith("/__init__.py") else name.rpartition(".")[0]
            found = references_in(source, package)
            imports[name] = imports.get(name, frozenset()) | found
    for path in absent:
        imports.setdefault(module_of(path) or SHARED_PACKAGE, frozenset())
    return Library(imports)


def references_in(source: bytes, package: str | None = None) -> frozenset[str]:
    """Return the references of a Python file; relative imports count from `package`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the code that is read, not about ours
            nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset({EVERYTHING})
    handled = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
    handled |= {id(node.func) for node in nodes if isinstance(node, ast.Call) and _importer(node)}
    return frozenset(
        reference
        for node in nodes
        if isinstance(node, ast.Call) or id(node) not in handled
        for reference in _of_node(node, package)
        if f"{reference}.".startswith(f"{SHARED_PACKAGE}.")
    )


def references_in_text(text: str) -> frozenset[str]:
    """Return the references of text that is no Python: settings, commands, notebooks."""
    return frozenset(
        f"{SHARED_PACKAGE}{names}.*" if open_end else SHARED_PACKAGE + names
        for names, open_end in _DOTTED.findall(text)
    )


def references_in_line(line: str) -> frozenset[str] | None:
    """Return the references of one line of Python, None where the whole file must be read.

    A bracket at the end of `from package import (` stands for names below, told by `.*`.
    """
    plain = _PLAIN_IMPORT.fullmatch(line)
    if plain:
        return frozenset({SHARED_PACKAGE + plain[1]})
    listed = _PLAIN_FROM.fullmatch(line)
    if not listed:
        return None
    base = SHARED_PACKAGE + listed[1]
    names = ("*",) if listed[2] == "(" else listed[2].split(",")
    return frozenset(f"{base}.{name.split()[0]}" for name in names if name.strip())


def _of_node(node: ast.AST, package: str | None) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                yield alias.name
                yield from _computed(alias.name)
        case ast.ImportFrom():
            yield from _of_from(node, package)
        case ast.Call() if _importer(node):
            yield from _of_call(node, package)
        case ast.Name(id=name) if name in _RUNNERS:
            yield EVERYTHING
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield from _computed(name)
        case ast.Constant(value=str(text)):
            yield from references_in_text(text)


def _importer(node: ast.Call) -> bool:
    match node.func:
        case ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"):
            return True
    return False


def _of_from(node: ast.ImportFrom, package: str | None) -> Iterator[str]:
    base = node.module or ""
    if node.level:
        base = _relative("." * node.level + base, package)
    for alias in node.names:
        yield f"{base}.{alias.name}"  # `import *` gives the mark for everything below
        if alias.name != "import_module" or alias.asname:
            yield from _computed(alias.name)


def _of_call(node: ast.Call, package: str | None) -> Iterator[str]:
    match [*node.args, *(keyword.value for keyword in node.keywords)]:
        case [ast.Constant(value=str(name))] if not name.startswith("."):
            yield name
        case [ast.Constant(value=str(name)), ast.Name(id="__name__" | "__package__")]:
            yield _relative(name, package)
        case _:
            yield EVERYTHING


def _relative(name: str, package: str | None) -> str:
    """Return the absolute form of `..name` seen from a package, "" where it is another one's."""
    if package is None:
        return ""
    level = len(name) - len(name.lstrip("."))
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], *filter(None, [name.lstrip(".")])])


def _computed(name: str) -> Iterator[str]:
    if _COMPUTED.fullmatch(name.rpartition(".")[2]):
        yield EVERYTHING
