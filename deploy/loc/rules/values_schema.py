"""What a values file of a location may say.

The chart `dagster-user-deployments` of Dagster 1.13 decides what there is; its own schema accepts
any key and any combination of them, so this one is stricter. What belongs to Kubernetes rather
than to the chart is checked by Kubernetes: FREE.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Text:
    """A scalar whose kind is one of `kinds`."""

    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """A list of one shape."""

    of: Shape


@dataclass(frozen=True)
class Keys:
    """A mapping with known keys, or with any key where `others` says what they hold."""

    known: Mapping[str, Shape] = field(default_factory=dict)
    others: Shape | None = None


@dataclass(frozen=True)
class Free:
    """Anything."""


@dataclass(frozen=True)
class Either:
    """One of several shapes."""

    shapes: tuple[Shape, ...]


Shape = Text | Listed | Keys | Free | Either

FREE = Free()
STRING = Text(("str",))
INTEGER = Text(("int",))
BOOLEAN = Text(("bool",))
SCALAR = Text(("str", "int", "float", "bool", "null"))
STRINGS = Keys(others=STRING)
QUANTITIES = Keys(others=Text(("str", "int", "float")))

_IMAGE = Keys(
    {
        "repository": STRING,
        "tag": SCALAR,  # whether it is quoted is a rule of its own
        "digest": Text(("str", "null")),
        "pullPolicy": STRING,
    }
)
_REFERENCE = Keys({"name": STRING, "key": STRING, "optional": BOOLEAN})
_FIELD = Keys({"fieldPath": STRING, "apiVersion": STRING})
_RESOURCE_FIELD = Keys({"resource": STRING, "containerName": STRING, "divisor": SCALAR})
_VARIABLE = Keys(
    {
        "name": STRING,
        "value": STRING,
        "valueFrom": Keys(
            {
                "secretKeyRef": _REFERENCE,
                "configMapKeyRef": _REFERENCE,
                "fieldRef": _FIELD,
                "resourceFieldRef": _RESOURCE_FIELD,
            }
        ),
    }
)
_SOURCES = Listed(Keys({"name": STRING, "optional": BOOLEAN}))
_PROBE = Keys(
    {
        "enabled": BOOLEAN,
        "exec": Keys({"command": Listed(STRING)}),
        "grpc": Keys({"port": INTEGER, "service": STRING}),
        "tcpSocket": Keys({"port": INTEGER, "host": STRING}),
        "initialDelaySeconds": INTEGER,
        "periodSeconds": INTEGER,
        "timeoutSeconds": INTEGER,
        "successThreshold": INTEGER,
        "failureThreshold": INTEGER,
        "terminationGracePeriodSeconds": INTEGER,
    }
)
_DEPLOYMENT = Keys(
    {
        "name": STRING,
        "image": _IMAGE,
        "dagsterApiGrpcArgs": Listed(STRING),
        "codeServerArgs": Listed(STRING),
        "includeConfigInLaunchedRuns": Keys({"enabled": BOOLEAN}),
        "deploymentNamespace": STRING,
        "port": INTEGER,
        "replicaCount": INTEGER,
        "env": Either((Listed(_VARIABLE), STRINGS)),
        "envConfigMaps": _SOURCES,
        "envSecrets": _SOURCES,
        "annotations": STRINGS,
        "nodeSelector": STRINGS,
        "affinity": FREE,
        "tolerations": Listed(FREE),
        "podSecurityContext": FREE,
        "securityContext": FREE,
        "resources": Keys({"limits": QUANTITIES, "requests": QUANTITIES, "claims": Listed(FREE)}),
        "livenessProbe": _PROBE,
        "readinessProbe": _PROBE,
        "startupProbe": _PROBE,
        "labels": STRINGS,
        "volumeMounts": Listed(FREE),
        "volumes": Listed(FREE),
        "schedulerName": STRING,
        "initContainers": Listed(FREE),
        "sidecarContainers": Listed(FREE),
        "deploymentStrategy": FREE,
        "service": Keys({"annotations": STRINGS}),
    }
)
VALUES = Keys(
    {
        "global": Keys(
            {
                "postgresqlSecretName": STRING,
                "dagsterHome": STRING,
                "serviceAccountName": STRING,
                "celeryConfigSecretName": STRING,
                "dagsterInstanceConfigMap": STRING,
            }
        ),
        "dagsterHome": STRING,
        "postgresqlSecretName": STRING,
        "celeryConfigSecretName": STRING,
        "includeInstance": BOOLEAN,
        "deployments": Listed(_DEPLOYMENT),
        "imagePullSecrets": Listed(Keys({"name": STRING})),
        "serviceAccount": Keys({"create": BOOLEAN, "name": STRING, "annotations": STRINGS}),
        "rbacEnabled": BOOLEAN,
        "extraManifests": Listed(FREE),
        "nameOverride": STRING,
        "fullnameOverride": STRING,
    }
)
REQUIRED = ("name", "image", "port")
"""Keys that a deployment cannot go without."""
