"""YAML with what a loaded document no longer has: lines, quotes, and keys that stand twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import Node as YamlNode

_MAX_NODES = 20_000
_STRING = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"


class YamlError(Exception):
    """A file that is not one YAML document; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class Scalar:
    """A text; `kind` is what YAML 1.1, which Helm reads, makes of it: str, int, float, bool, …."""

    line: int
    text: str
    kind: str
    quoted: bool

    @property
    def is_null(self) -> bool:
        """Whether nothing stands there."""
        return self.kind == "null"


@dataclass(frozen=True)
class Sequence:
    """A list."""

    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Mapping:
    """Keys and values, in order."""

    line: int
    pairs: tuple[tuple[Scalar, Node], ...]

    def get(self, key: str) -> Node | None:
        """Return a key's value."""
        return next((value for name, value in self.pairs if name.text == key), None)

    def line_of(self, key: str) -> int:
        """Return the line of a key, the mapping's own where it is missing."""
        return next((name.line for name, _ in self.pairs if name.text == key), self.line)


Node = Scalar | Sequence | Mapping
EMPTY = Mapping(1, ())


def read(content: bytes) -> Node:
    """Read one document. Raises YamlError for broken YAML, doubled keys, and what is no YAML."""
    import yaml

    try:
        # The parser in C ends the process on deep nesting; this one raises RecursionError.
        node = yaml.compose(content.decode("utf-8-sig"), Loader=yaml.SafeLoader)
        return _Reader().read(node) if node else EMPTY
    except UnicodeDecodeError as error:
        raise YamlError(content.count(b"\n", 0, error.start) + 1, "it is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 1, error.problem or "no YAML") from None
    except yaml.YAMLError as error:
        raise YamlError(1, str(error).splitlines()[0]) from None
    except RecursionError:
        raise YamlError(1, "it is nested too deeply, or an alias holds itself") from None


def walk(node: Node) -> Iterator[Mapping]:
    """Yield every mapping of a document, outer ones first."""
    if isinstance(node, Mapping):
        yield node
        for _, value in node.pairs:
            yield from walk(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from walk(item)


class _Reader:
    """Counts the nodes that aliases expand to, so that a small file cannot become a huge one."""

    def __init__(self) -> None:
        self._nodes = 0

    def read(self, node: YamlNode) -> Node:
        import yaml

        line = node.start_mark.line + 1
        self._nodes += 1
        if self._nodes > _MAX_NODES:
            raise YamlError(line, "its aliases expand to too much")
        if isinstance(node, yaml.MappingNode):
            return Mapping(line, self._pairs(node))
        if isinstance(node, yaml.SequenceNode):
            return Sequence(line, tuple(self.read(item) for item in node.value))
        return _scalar(node)

    def _pairs(self, node: YamlNode) -> tuple[tuple[Scalar, Node], ...]:
        found: dict[str, tuple[Scalar, Node]] = {}
        merged: dict[str, tuple[Scalar, Node]] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                merged |= {name.text: (name, part) for name, part in self._merged(value)}
                continue
            name = _scalar(key)
            if name.text in found:
                raise YamlError(name.line, f"the key {name.text!r} stands twice")
            found[name.text] = (name, self.read(value))
        return tuple((merged | found).values())

    def _merged(self, node: YamlNode) -> Iterator[tuple[Scalar, Node]]:
        value = self.read(node)
        parts = value.items if isinstance(value, Sequence) else (value,)
        for part in reversed(parts):
            if isinstance(part, Mapping):
                yield from part.pairs


def _scalar(node: YamlNode) -> Scalar:
    import yaml

    line = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        raise YamlError(line, "a key is not a text")
    kind = node.tag.rpartition(":")[2]
    return Scalar(line, node.value, kind, quoted=bool(node.style))
