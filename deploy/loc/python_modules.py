"""Python files as syntax trees, parsed once for all rules."""

from __future__ import annotations

import ast
import warnings
from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from loc.sources import File

# Deeper code is generated or hostile, and could exhaust the stack of a parser written in C.
_MAX_DEPTH = 200


@dataclass(frozen=True)
class Module:
    """A file that can be parsed; `name` is dotted, `nodes` are those of the tree, outer first."""

    path: str
    name: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What each name that the file imports, at any depth, stands for: dotted."""
        found = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name if alias.asname else alias.name.partition(".")[0]
                    found[alias.asname or first] = first
            elif isinstance(node, ast.ImportFrom):
                source = absolute(self, node)
                found.update({a.asname or a.name: f"{source}.{a.name}" for a in node.names})
        return found

    def is_in(self, package: str) -> bool:
        """Say whether the module is the package or inside of it."""
        return f"{self.name}.".startswith(f"{package}.")


@dataclass(frozen=True)
class Unreadable:
    """A file that cannot be read as what its name says, and why."""

    path: str
    line: int
    reason: str


def module_name(path: str, folder: str) -> str:
    """Return the dotted name of a file that stands below `folder`, which is on Python's path."""
    parts = path.removeprefix(f"{folder}/").removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def parse(file: File, folder: str) -> Module | Unreadable:
    """Parse a file; `folder` is the entry of Python's path above it."""
    if file.unread:
        return Unreadable(file.path, 1, file.unread)
    try:
        file.path.encode()
        tree = _tree(file.text())
        nodes = _nodes(tree)
    except UnicodeEncodeError:
        reason, line = "its name is not UTF-8", 1
    except UnicodeDecodeError as error:
        reason, line = "it is not UTF-8", file.content.count(b"\n", 0, error.start) + 1
    except SyntaxError as error:
        reason, line = error.msg, error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        reason, line = "it is nested too deeply, or holds a null byte", 1
    else:
        return Module(file.path, module_name(file.path, folder), tree, nodes)
    return Unreadable(file.path, line, reason)


def import_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when the module is imported: all but the bodies of functions."""
    waiting = deque([tree])
    while waiting:
        node = waiting.popleft()
        yield node
        if isinstance(node, ast.Lambda):
            waiting.append(node.args)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting.extend([*node.decorator_list, node.args])
        else:
            waiting.extend(ast.iter_child_nodes(node))


def dotted(node: ast.AST) -> str:
    """Return the dotted name of `a.b.c`, and "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def meaning(module: Module, node: ast.AST) -> str:
    """Return the dotted name of `a.b.c` with what `a` was imported as; "" for anything else."""
    first, dot, rest = dotted(node).partition(".")
    return module.names.get(first, first) + dot + rest


def absolute(module: Module, node: ast.ImportFrom) -> str:
    """Return the dotted name of what `from … import` imports from."""
    if not node.level:
        return node.module or ""
    is_package = module.path.endswith("/__init__.py")
    parts = module.name.split(".")
    kept = parts[: len(parts) - node.level + is_package]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _tree(text: str) -> ast.Module:
    """Parse a text. Raises SyntaxError, ValueError, RecursionError or MemoryError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return ast.parse(text)


def _nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Return all nodes, level by level. Raises RecursionError for a tree that is too deep."""
    level: list[ast.AST] = [tree]
    found: list[ast.AST] = []
    for _ in range(_MAX_DEPTH):
        found += level
        level = _children(level)
        if not level:
            return tuple(found)
    raise RecursionError


def _children(nodes: list[ast.AST]) -> list[ast.AST]:
    found: list[ast.AST] = []
    for node in nodes:
        for value in node.__dict__.values():
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found += [item for item in value if isinstance(item, ast.AST)]
    return found
