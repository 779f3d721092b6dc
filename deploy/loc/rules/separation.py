"""Guide 2.3, separation of concerns: who may import whom, and what jobs and ops may hold."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from loc.python_modules import absolute, dotted, import_time, meaning
from loc.rules.layout import LAYERS
from loc.rules.rule import Rule
from loc.settings import SHARED_PACKAGE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from loc.findings import Finding
    from loc.import_edges import Edge, Edges
    from loc.python_modules import Module

IMPURE_LOGIC = Rule(
    "L2310",
    "logic never imports dagster",
    "Business logic that stands alone is tested in milliseconds and outlives the orchestrator.",
    "Pass plain values in; move what needs dagster to ops. Imports for type checkers are fine.",
)
NOT_WIRING = Rule(
    "L2311",
    "jobs only wire ops",
    "A job says how ops connect; anything else in it runs when the location is loaded.",
    "Move ops to ops/, and functions, classes and decisions to logic/.",
)
CONNECTION = Rule(
    "L2312",
    "ops open no connections",
    "A connection made in an op cannot be configured, shared or replaced in a test.",
    "Take the resource as a parameter of the op; make new connections in resources/.",
)
OTHER_LOCATION = Rule(
    "L2313",
    "no location imports another",
    "An image holds one location: what it imports of another is missing there.",
    "Move what both need into shared/.",
)
UPWARD = Rule(
    "L2314",
    "imports go down: repository > jobs > ops > resources > logic",
    "A layer that imports one above it can no longer be tested or moved without it.",
    "Move the code to the lower layer, or pass it as an argument.",
)
SHARED_UPWARD = Rule(
    "L2315",
    "shared_resources imports no location",
    "Every image holds the library, and only one of them holds the location.",
    "Move the code into the library, or pass it as an argument.",
)
DEPLOYING = Rule(
    "L2316",
    "nothing that runs imports loc",
    "loc takes code to production and is not there itself.",
    "Move what is needed at run time into shared/.",
)
RULES = (IMPURE_LOGIC, NOT_WIRING, CONNECTION, OTHER_LOCATION, UPWARD, SHARED_UPWARD, DEPLOYING)

_ORDER = ("repository", *LAYERS)
_WIRING = {
    *("job", "graph", "schedule", "sensor", "asset_sensor", "multi_asset_sensor"),
    *("run_status_sensor", "run_failure_sensor", "success_hook", "failure_hook"),
    *("config_mapping", "static_partitioned_config", "dynamic_partitioned_config"),
    *("hourly_partitioned_config", "daily_partitioned_config"),
    *("weekly_partitioned_config", "monthly_partitioned_config"),
}
_COMPOSING = {"job", "graph"}
_STATEMENTS = (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return, ast.For, ast.With, ast.Pass)
_CLIENTS = {
    *("aiohttp", "asyncpg", "boto3", "botocore", "duckdb", "fsspec", "ftplib", "http.client"),
    *("httpx", "imaplib", "kafka", "minio", "obstore", "oracledb", "paramiko", "pika"),
    *("poplib", "psycopg", "psycopg2", "pymongo", "pymysql", "pyodbc", "redis", "requests"),
    *("s3fs", "smtplib", "socket", "sqlalchemy", "sqlite3", "urllib.request", "urllib3"),
    "websockets",
}
_RESOURCES = ("ConfigurableResource", "ConfigurableResourceFactory", "ConfigurableIOManager")


def find_imports(
    edges: Edges, packages: Collection[str], known: set[str], modules: Mapping[str, Module]
) -> Iterator[Finding]:
    """Find imports that the packages, locations or the library, must not have.

    `known` are the names of all locations, `modules` those of the graph by name.
    """
    for edge in edges.all:
        root = edge.importer.partition(".")[0]
        if root in packages and edge.importer in modules:
            yield from _direct(edge, modules[edge.importer].path, root, known)
    yield from _impure(edges, set(packages) - {SHARED_PACKAGE}, modules)


def find_jobs(modules: Iterable[Module]) -> Iterator[Finding]:
    """Find what is not wiring in the modules of jobs/."""
    for module in modules:
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef):
                yield NOT_WIRING.at(module.path, node.lineno, f"holds the class {node.name}")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _unwired(module, node)


def find_ops(modules: Iterable[Module], resources: frozenset[str]) -> Iterator[Finding]:
    """Find connections in the modules of ops/; `resources` are the dotted names of resources."""
    for module in modules:
        yield from _clients(module)
        yield from _made(module, resources)


def resource_classes(modules: Sequence[Module]) -> frozenset[str]:
    """Return the dotted names of the classes that are resources, by their bases."""
    bases = {
        f"{module.name}.{node.name}": [_base(module, base) for base in node.bases]
        for module in modules
        for node in module.tree.body
        if isinstance(node, ast.ClassDef)
    }
    found: set[str] = set()
    while True:
        more = {name for name, above in bases.items() if any(_is_resource(b, found) for b in above)}
        if more <= found:
            return frozenset(found)
        found |= more


def _base(module: Module, node: ast.expr) -> str:
    name = meaning(module, node)
    return name if "." in name else f"{module.name}.{name}"


def _is_resource(base: str, known: set[str]) -> bool:
    return base in known or base.rpartition(".")[2] in _RESOURCES


def _direct(edge: Edge, path: str, root: str, locations: set[str]) -> Iterator[Finding]:
    target = edge.imported.partition(".")[0]
    says = f"{edge.importer} imports {edge.imported}"
    if target == "loc":
        yield DEPLOYING.at(path, edge.line, says)
    elif target in locations and target != root:
        rule = SHARED_UPWARD if root == SHARED_PACKAGE else OTHER_LOCATION
        yield rule.at(path, edge.line, says)
    elif (
        target == root and root != SHARED_PACKAGE and _level(edge.imported) < _level(edge.importer)
    ):
        yield UPWARD.at(path, edge.line, says)


def _level(name: str) -> int:
    layer = [*name.split("."), ""][1]
    return _ORDER.index(layer) if layer in _ORDER else len(_ORDER)


def _impure(edges: Edges, names: set[str], modules: Mapping[str, Module]) -> Iterator[Finding]:
    loading = edges.without(lambda edge: _is_lazy(edge, modules))
    chains = loading.chains_to("dagster")
    for edge in edges.all:
        parts = edge.importer.split(".")
        if parts[0] not in names or parts[1:2] != ["logic"] or edge.importer not in modules:
            continue
        # What another module of logic reaches is told there.
        if edge.imported in chains and f"{edge.imported}.".split(".")[:2] != parts[:2]:
            way = " -> ".join((edge.importer, *chains[edge.imported]))
            yield IMPURE_LOGIC.at(modules[edge.importer].path, edge.line, way)


def _is_lazy(edge: Edge, modules: Mapping[str, Module]) -> bool:
    """Say whether the library makes this import in functions only, so that loading does not."""
    module = modules.get(edge.importer)
    if module is None or not module.is_in(SHARED_PACKAGE):
        return False
    return not any(edge.imported in _targets(module, node) for node in _top_imports(module.tree))


def _top_imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    return (n for n in import_time(tree) if isinstance(n, ast.Import | ast.ImportFrom))


def _targets(module: Module, node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.Import):
        names = {alias.name for alias in node.names}
    else:
        source = absolute(module, node)
        names = {source, *(f"{source}.{alias.name}" for alias in node.names)}
    return names | {name.partition(".")[0] for name in names}


def _unwired(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Finding]:
    decorators = {_decorator(decorator) for decorator in node.decorator_list}
    if not decorators & _WIRING:
        kind = "op" if "op" in decorators else "function"
        yield NOT_WIRING.at(module.path, node.lineno, f"holds the {kind} {node.name}")
    elif decorators & _COMPOSING:
        for statement in ast.walk(node):
            if isinstance(statement, ast.stmt) and statement is not node:
                yield from _decision(module, node.name, statement)


def _decision(module: Module, job: str, node: ast.stmt) -> Iterator[Finding]:
    if not isinstance(node, _STATEMENTS):
        kind = type(node).__name__.lower()
        yield NOT_WIRING.at(module.path, node.lineno, f"{job} decides: {kind}")


def _decorator(node: ast.expr) -> str:
    target = node.func if isinstance(node, ast.Call) else node
    return dotted(target).rpartition(".")[2]


def _clients(module: Module) -> Iterator[Finding]:
    for node in module.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for client in sorted(_CLIENTS & _targets(module, node)):
                if node in _run_time(module.tree):
                    yield CONNECTION.at(module.path, node.lineno, f"imports the client {client}")


def _made(module: Module, resources: frozenset[str]) -> Iterator[Finding]:
    for node in module.nodes:
        if isinstance(node, ast.Call):
            name = meaning(module, node.func)
            if name in resources:
                made = name.rpartition(".")[2]
                yield CONNECTION.at(module.path, node.lineno, f"makes the resource {made}")


def _run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but those under `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING")):
            yield node
            yield from _run_time(node)
