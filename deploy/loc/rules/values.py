"""Guide 5.1, step 3: the values file that says how a location runs."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from loc.names import service_name
from loc.rules.rule import Rule
from loc.rules.values_schema import REQUIRED, VALUES, Either, Free, Keys, Listed, Text
from loc.yaml_nodes import Mapping, Scalar, Sequence, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loc.findings import Finding
    from loc.locations import Location
    from loc.rules.values_schema import Shape
    from loc.yaml_nodes import Node

UNREADABLE = Rule(
    "L5102",
    "values, workspace and workflows are valid YAML without doubled keys",
    "Of a key that stands twice one is dropped in silence; broken YAML stops the delivery.",
    "Mend the line.",
)
SCHEMA = Rule(
    "L5103",
    "a values file has only keys that the chart knows, of the right kind",
    "Helm accepts unknown keys and ignores them: a limit with a typing error is no limit.",
    "Compare the key with the values of the chart dagster-user-deployments.",
)
ARGUMENTS = Rule(
    "L5104",
    "the server is started by dagsterApiGrpcArgs alone, with the location's repository",
    "With an import error it exits and the old pod stays; the code server reports healthy with "
    "the error inside, and takes twice the memory.",
    'Write `dagsterApiGrpcArgs: ["-m", "<location>.repository"]`, and no codeServerArgs.',
)
SERVICE = Rule(
    "L5105",
    "the service has the location's name, in kebab-case",
    "Kubernetes refuses underscores, and the workspace finds the server by this name.",
    "Write `name: inventory-sync-service` for inventory_sync_service.",
)
SECRET = Rule(
    "L5106",
    "secrets are given by reference only",
    "Values are committed and shown by Helm to whoever may list releases.",
    "Use envSecrets, or `valueFrom: {secretKeyRef: ...}`.",
)
ONE = Rule(
    "L5107",
    "a values file describes exactly one deployment",
    "A release of its own gives each location its history and its way back.",
    "Move each further deployment into a values file of its own.",
)
RULES = (UNREADABLE, SCHEMA, ARGUMENTS, SERVICE, SECRET, ONE)

_KINDS = {"str": "a text", "int": "a number", "bool": "true or false", "null": "nothing"}
_SECRET = re.compile(
    r"(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY"
    r"|ENCRYPTION_?KEY|SIGNING_?KEY)$",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
_MODULE_FLAGS = ("-m", "--module-name", "--python-module")


def find(location: Location, node: Node) -> Iterator[Finding]:
    """Find breaches in a location's values file."""
    path = location.values
    yield from _shape(path, node, VALUES, "")
    found = node.get("deployments") if isinstance(node, Mapping) else None
    listed = found.items if isinstance(found, Sequence) else ()
    deployments = [item for item in listed if isinstance(item, Mapping)]
    if len(deployments) != 1:
        line = found.line if found else node.line
        yield ONE.at(path, line, f"{len(deployments)} deployments, not one")
    for deployment in deployments:
        yield from _deployment(location, deployment)
    yield from find_secrets(path, node)


def find_secrets(path: str, node: Node) -> Iterator[Finding]:
    """Find secrets that are given as they are."""
    for mapping in walk(node):
        name, value = mapping.get("name"), mapping.get("value")
        if isinstance(name, Scalar) and isinstance(value, Scalar):
            yield from _secret(path, name.text, value)
        env = mapping.get("env")
        for key, given in env.pairs if isinstance(env, Mapping) else ():
            if isinstance(given, Scalar):
                yield from _secret(path, key.text, given)
        kind = mapping.get("kind")
        if isinstance(kind, Scalar) and kind.text == "Secret":
            yield SECRET.at(path, kind.line, "a Secret with its content")


def _secret(path: str, name: str, value: Scalar) -> Iterator[Finding]:
    if value.text and (_SECRET.search(name) or _IN_ADDRESS.search(value.text)):
        yield SECRET.at(path, value.line, f"{name} is given as it is")


def _deployment(location: Location, deployment: Mapping) -> Iterator[Finding]:
    path = location.values
    for key in REQUIRED:
        if deployment.get(key) is None:
            yield SCHEMA.at(path, deployment.line, f"the key {key} is missing")
    name, wanted = deployment.get("name"), service_name(location.name)
    if isinstance(name, Scalar) and name.text != wanted:
        yield SERVICE.at(path, name.line, f"the service is {name.text}, not {wanted}")
    yield from _arguments(location, deployment)


def _arguments(location: Location, deployment: Mapping) -> Iterator[Finding]:
    path, module = location.values, f"{location.name}.repository"
    if deployment.get("codeServerArgs") is not None:
        yield ARGUMENTS.at(path, deployment.line_of("codeServerArgs"), "codeServerArgs is set")
    found = deployment.get("dagsterApiGrpcArgs")
    line = deployment.line_of("dagsterApiGrpcArgs")
    items = found.items if isinstance(found, Sequence) else ()
    words = [item.text for item in items if isinstance(item, Scalar)]
    pairs = list(pairwise(words))
    if not words:
        yield ARGUMENTS.at(path, line, "dagsterApiGrpcArgs is missing")
    elif not any((flag, module) in pairs for flag in _MODULE_FLAGS):
        yield ARGUMENTS.at(path, line, f"dagsterApiGrpcArgs does not load {module}")


def _shape(path: str, node: Node, shape: Shape, name: str) -> Iterator[Finding]:
    if isinstance(shape, Free):
        return
    if isinstance(shape, Either):
        fitting = [s for s in shape.shapes if _fits(node, s)] or shape.shapes
        yield from _shape(path, node, fitting[0], name)
    elif not _fits(node, shape):
        yield SCHEMA.at(path, node.line, f"{name or 'the file'} is not {_wanted(shape)}")
    elif isinstance(shape, Listed) and isinstance(node, Sequence):
        for item in node.items:
            yield from _shape(path, item, shape.of, name)
    elif isinstance(shape, Keys) and isinstance(node, Mapping):
        yield from _keys(path, node, shape, name)


def _keys(path: str, node: Mapping, shape: Keys, name: str) -> Iterator[Finding]:
    for key, value in node.pairs:
        dotted = f"{name}.{key.text}".removeprefix(".")
        inner = shape.known.get(key.text, shape.others)
        if inner is None:
            yield SCHEMA.at(path, key.line, f"the key {dotted} is not known")
        else:
            yield from _shape(path, value, inner, dotted)


def _fits(node: Node, shape: Shape) -> bool:
    if isinstance(shape, Text):
        return isinstance(node, Scalar) and node.kind in shape.kinds
    if isinstance(shape, Listed):
        return isinstance(node, Sequence)
    return isinstance(node, Mapping)


def _wanted(shape: Shape) -> str:
    if isinstance(shape, Text):
        return _KINDS[shape.kinds[0]]
    return "a list" if isinstance(shape, Listed) else "a mapping"
