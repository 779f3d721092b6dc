"""Loads locations and reports what Dagster registered: a program, run by `definitions.load`.

Reads its task as JSON from stdin and writes the reports as JSON to stdout. dagster is imported
once; each location is then loaded in a fork, so that none can disturb another or end the program.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import select
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any

import pydantic
from dagster import (
    Config,
    DagsterInvalidConfigError,
    Definitions,
    GraphDefinition,
    JobDefinition,
    OpDefinition,
    RepositoryDefinition,
    validate_run_config,
)
from dagster._config import ConfigTypeKind
from dagster._core.definitions.decorators.op_decorator import DecoratedOpFunction
from pydantic_core import PydanticUndefined

_KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "VIRTUAL_ENV", "DAGSTER_DISABLE_TELEMETRY", "SYSTEMROOT")
_NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
_ASSETS = "__ASSET_JOB"
_UNSET = re.compile(r'environment variable "(\w+)"')


def main() -> None:
    """Answer the one task on stdin."""
    task = json.load(sys.stdin)
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a location prints is not the report
    for name in set(os.environ) - set(_KEPT):
        del os.environ[name]
    reports = [_in_fork(task, location) for location in task["locations"]]
    json.dump(reports, output)
    output.close()


def _in_fork(task: dict[str, Any], location: dict[str, Any]) -> dict[str, Any]:
    """Load a location in a child; a child that dies or takes too long is itself the report."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(_report(task["root"], location), pipe)
        os._exit(0)
    os.close(writing)
    text = _read(reading, task["seconds"])
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if text is None:
        return _failed(location["name"], f"it did not load within {task['seconds']} s")
    if not text:
        return _failed(location["name"], "the process that loaded it ended")
    report: dict[str, Any] = json.loads(text)
    return report


def _read(pipe: int, seconds: float) -> bytes | None:
    """Return what comes until the pipe is closed, None when that takes too long."""
    deadline = time.monotonic() + seconds
    found = b""
    with os.fdopen(pipe, "rb", buffering=0) as source:
        while select.select([source], [], [], max(0, deadline - time.monotonic()))[0]:
            part = source.read(1 << 16)
            if not part:
                return found
            found += part
    return None


def _report(root: str, location: dict[str, Any]) -> dict[str, Any]:
    name = location["name"]
    sys.path[:0] = [os.path.join(root, path) for path in location["paths"]]  # noqa: PTH118
    sys.addaudithook(_refuse_network)
    try:
        module = importlib.import_module(f"{name}.repository")
        found = {key: value for key, value in vars(module).items() if _is_loadable(value)}
        definitions = [value for value in found.values() if isinstance(value, Definitions)]
        jobs = _jobs(definitions[0]) if len(definitions) == 1 else []
    except BaseException as error:  # noqa: BLE001 - whatever a location raises is its finding
        return {"name": name, "error": _blamed(root, error)}
    return {"name": name, "definitions": list(found), "jobs": jobs}


def _refuse_network(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in _NETWORK:
        message = "a location opens no connection while it is loaded"
        raise PermissionError(message)


def _is_loadable(value: object) -> bool:
    return isinstance(value, Definitions | RepositoryDefinition)


def _jobs(definitions: Definitions) -> list[dict[str, Any]]:
    Definitions.validate_loadable(definitions)
    jobs = definitions.get_repository_def().get_all_jobs()
    return [_job(job) for job in jobs if not job.name.startswith(_ASSETS)]


def _job(job: JobDefinition) -> dict[str, Any]:
    nodes = list(job.all_node_defs)
    ops = [node for node in nodes if isinstance(node, OpDefinition)]
    return {
        "name": job.name,
        "tags": dict(job.tags),
        "ops": sorted({node.name for node in nodes} | {node.name for node in job.nodes}),
        "untyped": sorted(op.name for op in ops if _is_untyped(op)),
        "defaults": _default_problem(job),
    }


def _is_untyped(op: OpDefinition) -> bool:
    """Say whether the op takes configuration of which anything may be sent."""
    kind = getattr(op.config_schema, "config_type", None)
    kinds = kind.type_iterator() if kind is not None else ()
    return any(part.kind == ConfigTypeKind.PERMISSIVE_SHAPE for part in kinds)


def _default_problem(job: JobDefinition) -> str:
    """Return why the job does not run with an empty run configuration, "" where it does."""
    while True:
        try:
            _construct(job.graph, validate_run_config(job, {}))
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            return f"{error.title}.{'.'.join(map(str, first['loc']))}: {first['msg']}"
        except Exception as error:  # noqa: BLE001 - any way in which the defaults do not hold
            unset = _UNSET.search(str(error))
            if unset is None or unset[1] in os.environ:
                return _problem(error)
            # Secrets come from the environment of production: here any value does.
            os.environ[unset[1]] = "1"
        else:
            return ""


def _problem(error: Exception) -> str:
    if isinstance(error, DagsterInvalidConfigError) and error.errors:
        return error.errors[0].message.partition(". ")[0]
    return _first_line(error)


def _construct(graph: GraphDefinition, resolved: Mapping[str, Any]) -> None:
    """Build each op's configuration as a run does: pydantic's own validators run only then."""
    for node in graph.nodes:
        values = resolved.get("ops", {}).get(node.name) or {}
        if isinstance(node.definition, GraphDefinition):
            _construct(node.definition, values)
        elif isinstance(node.definition, OpDefinition):
            kind = _config_class(node.definition)
            given = values.get("config")
            if kind is not None and isinstance(given, Mapping):
                kind(**kind._get_non_default_public_field_values_cls(dict(given)))  # noqa: SLF001
                _check_defaults(kind)


def _check_defaults(kind: type[Config]) -> None:
    """Check each default as if it were given: pydantic takes defaults as they are."""
    for name, field in kind.model_fields.items():
        if field.default is not PydanticUndefined and field.annotation is not None:
            fields: dict[str, Any] = {name: (field.annotation, field)}
            pydantic.create_model(kind.__name__, **fields).model_validate({name: field.default})


def _config_class(op: OpDefinition) -> type[Config] | None:
    function = op.compute_fn
    if not isinstance(function, DecoratedOpFunction) or not function.has_config_arg():
        return None
    kind = function.get_config_arg().annotation
    return kind if isinstance(kind, type) and issubclass(kind, Config) else None


def _blamed(root: str, error: BaseException) -> dict[str, Any]:
    """Name the last line of the repository that took part in the error."""
    places = [
        (os.path.relpath(frame.filename, root), frame.lineno or 1)
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((os.path.relpath(error.filename, root), error.lineno or 1))
    inside = [(path, line) for path, line in places if path.startswith(("locations/", "shared/"))]
    path, line = inside[-1] if inside else ("", 1)
    return {"path": path, "line": line, "text": _first_line(error).replace(f"{root}/", "")}


def _failed(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "error": {"path": "", "line": 1, "text": text}}


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'without a message'}"


if __name__ == "__main__":
    main()
