"""The entries of workspace.yaml: read, and one added as text, so that every other byte stays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loc import yaml_nodes
from loc.errors import UsageError
from loc.settings import WORKSPACE

if TYPE_CHECKING:
    from yaml import Node, SequenceNode

_LIST = "load_from"
_MODULE = "python_module"
_INDENT = 2
_NEWLINE = re.compile(r"\r\n|\r|\n")
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_COMMENT_LINE = re.compile(r"(?:\r\n|\r|\n)([ ]*)#[^\r\n]*")


@dataclass(frozen=True)
class Entry:
    """A location of the workspace: its name, and the module it loads; empty where it has none."""

    name: str
    module: str


def entries(content: bytes) -> list[Entry]:
    """Return the entries in order. Raises UsageError with the line of what cannot be read."""
    try:
        document = yaml_nodes.read(content)
    except yaml_nodes.YamlError as error:
        raise _refusal(error.line, error.reason) from None
    found = document.get(_LIST) if isinstance(document, yaml_nodes.Mapping) else None
    if isinstance(found, yaml_nodes.Sequence):
        return [_entry(item) for item in found.items]
    if isinstance(found, yaml_nodes.Scalar) and found.is_null:
        return []
    raise _refusal(document.line, f"there is no list {_LIST}")


def with_entry(content: bytes, name: str) -> bytes:
    """Return the content with the entry of a location before the first of a greater name.

    Text is inserted and nothing else changes. Raises UsageError where that cannot be done.
    """
    known = entries(content)
    place = next((at for at, entry in enumerate(known) if entry.name > name), len(known))
    text = content.decode()
    at, indent = _place(text, place)
    newline = _NEWLINE.search(text)
    lines = ["", *(" " * indent + line for line in _lines(name))]
    result = (text[:at] + (newline[0] if newline else "\n").join(lines) + text[at:]).encode()
    if not _holds(result, [*known[:place], Entry(name, f"{name}.repository"), *known[place:]]):
        raise _refusal(1, "an entry cannot be added to this as text")
    return result


def _holds(content: bytes, wanted: list[Entry]) -> bool:
    try:
        return entries(content) == wanted
    except UsageError:
        return False


def _lines(name: str) -> tuple[str, ...]:
    return (
        f"- {_MODULE}:",
        f"    module_name: {name}.repository",
        f"    location_name: {name}",
    )


def _entry(item: yaml_nodes.Node) -> Entry:
    target = item.pairs[0][1] if isinstance(item, yaml_nodes.Mapping) and item.pairs else None
    if not isinstance(target, yaml_nodes.Mapping):
        module = target.text if isinstance(target, yaml_nodes.Scalar) else ""
        return Entry(module, module)
    module, name = _text(target, "module_name"), _text(target, "location_name")
    return Entry(name or module, module)


def _text(mapping: yaml_nodes.Mapping, key: str) -> str:
    value = mapping.get(key)
    return value.text if isinstance(value, yaml_nodes.Scalar) else ""


def _place(text: str, place: int) -> tuple[int, int]:
    """Return where the entry's text goes, the end of a line, and its indentation."""
    key, value = _list(text)
    if value is not None and value.flow_style:
        raise _refusal(value.start_mark.line + 1, f"{_LIST} is written in brackets")
    indent = value.start_mark.column if value is not None else _INDENT
    if value is None or place == 0:
        return _end_of_line(text, key.end_mark.index), indent
    last = text[: _last_leaf(value.value[place - 1]).end_mark.index]
    end = _end_of_line(text, len(last.rstrip()))  # a block scalar ends on the line after it
    # A comment that stands deeper than its dash belongs to the entry above it.
    while (comment := _COMMENT_LINE.match(text, end)) and len(comment[1]) > indent:
        end = comment.end()
    return end, indent


def _list(text: str) -> tuple[Node, SequenceNode | None]:
    """Return the node of the key `load_from`, and of its value unless that is null."""
    import yaml

    document = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = document.value if isinstance(document, yaml.MappingNode) else []
    key, value = next(pair for pair in pairs if pair[0].value == _LIST)
    return key, value if isinstance(value, yaml.SequenceNode) else None


def _last_leaf(node: Node) -> Node:
    """Return the node that ends where the text of `node` ends: a block's own end lies further."""
    import yaml

    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return node
    last = node.value[-1]
    return _last_leaf(last[1] if isinstance(last, tuple) else last)


def _end_of_line(text: str, at: int) -> int:
    rest = _REST_OF_LINE.match(text, at)
    return rest.end() if rest else at


def _refusal(line: int, reason: str) -> UsageError:
    return UsageError(
        f"{WORKSPACE}:{line}: {reason}",
        hint=f"write {_LIST} as a list of `- {_MODULE}:` entries, a line each for module_name and "
        "location_name",
    )
