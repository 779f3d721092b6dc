"""Imports between modules, as values."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Edge(NamedTuple):
    """A module that imports another; both dotted, `line` is the first on which it does."""

    importer: str
    imported: str
    line: int


@dataclass(frozen=True)
class Edges:
    """All imports of the discovered packages."""

    all: tuple[Edge, ...]

    @cached_property
    def by_importer(self) -> Mapping[str, list[Edge]]:
        """The imports of each module."""
        found = defaultdict(list)
        for edge in self.all:
            found[edge.importer].append(edge)
        return found

    def without(self, unwanted: Callable[[Edge], bool]) -> Edges:
        """Return the imports that are not unwanted."""
        return Edges(tuple(edge for edge in self.all if not unwanted(edge)))

    def chains_to(self, target: str) -> dict[str, tuple[str, ...]]:
        """Return each module that reaches `target`, with the shortest way there, target last."""
        above = defaultdict(list)
        for edge in self.all:
            above[edge.imported].append(edge.importer)
        chains: dict[str, tuple[str, ...]] = {target: (target,)}
        waiting = deque([target])
        while waiting:
            current = waiting.popleft()
            for importer in above[current]:
                if importer not in chains:
                    chains[importer] = (importer, *chains[current])
                    waiting.append(importer)
        return chains
