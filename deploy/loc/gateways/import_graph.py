"""Who imports whom, as grimp finds it in the packages that were discovered."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loc.import_edges import Edge, Edges
from loc.python_modules import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from grimp import ImportGraph
    from grimp.exceptions import SourceSyntaxError


@dataclass(frozen=True)
class _Folders:
    """Tells grimp where packages stand, whatever is installed or on Python's path."""

    places: Mapping[str, str]

    def determine_package_directories(self, package_name: str, file_system: object) -> set[str]:
        del file_system
        return {self.places[package_name]}


def build(root: Path, packages: Mapping[str, str]) -> tuple[Edges, list[Unreadable]]:
    """Return the imports of the packages (folder by name), but those for type checkers.

    A package with a file that grimp cannot read is left out, and the file returned. Every import
    counts, those inside functions too; other libraries are named by their first part.
    """
    places = {name: str(root / folder) for name, folder in packages.items()}
    unreadable: list[Unreadable] = []
    while places:
        try:
            return _edges(_graph(places)), unreadable
        except _syntax_errors() as error:
            path = str(error.filename)
            places = {name: at for name, at in places.items() if not path.startswith(f"{at}/")}
            reason = "grimp cannot parse it"
            unreadable.append(Unreadable(path.removeprefix(f"{root}/"), error.lineno or 1, reason))
    return Edges(()), unreadable


def _syntax_errors() -> type[SourceSyntaxError]:
    from grimp.exceptions import SourceSyntaxError

    return SourceSyntaxError


def _graph(places: Mapping[str, str]) -> ImportGraph:
    import grimp

    first, *others = sorted(places)
    with _finding(places):
        return grimp.build_graph(
            first,
            *others,
            include_external_packages=True,
            exclude_type_checking_imports=True,
            cache_dir=None,
        )


@contextmanager
def _finding(places: Mapping[str, str]) -> Iterator[None]:
    from grimp.application.config import settings

    before = settings.PACKAGE_FINDER
    settings.configure(PACKAGE_FINDER=_Folders(places))
    try:
        yield
    finally:
        settings.configure(PACKAGE_FINDER=before)


def _edges(graph: ImportGraph) -> Edges:
    found = [
        Edge(module, imported, _line(graph, module, imported))
        for module in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(module))
    ]
    return Edges(tuple(found))


def _line(graph: ImportGraph, importer: str, imported: str) -> int:
    details = graph.get_import_details(importer=importer, imported=imported)
    return min((detail["line_number"] for detail in details), default=1)
