"""Transfer messages of the Dataspace Protocol, 2025-1 (and the `dspace:` names of 2024-1).

https://eclipse-dataspace-protocol-base.github.io/DataspaceProtocol/2025-1/ (transfer process).
A message has no time of its own, so it comes with one: bare, with `timestamp` beside its own keys,
or as an envelope {"timestamp": ..., "message": {"@type": ...}}. It names processes and not
participants, so `origin` and `destination` may stand beside the timestamp too. Of the message only
the keys read below go further: `dataAddress` holds credentials and is never looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from usage_metering_service.logic.events import UsageEvent, identity
from usage_metering_service.logic.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

_REQUEST = "TransferRequestMessage"
_PROCESS = "TransferProcess"
_TYPES = frozenset(
    (
        _REQUEST,
        "TransferStartMessage",
        "TransferCompletionMessage",
        "TransferSuspensionMessage",
        "TransferTerminationMessage",
        _PROCESS,
        "TransferError",
    )
)
_STATES = frozenset(("REQUESTED", "STARTED", "COMPLETED", "SUSPENDED", "TERMINATED"))
_NAMESPACE = "dspace:"


def read_transfer(
    at: str, message: Mapping[str, object], envelope: Mapping[str, object]
) -> UsageEvent | list[str]:
    """Return the event, or the reasons against it.

    Its identity is type, both process ids, the moment, and the state of a TransferProcess. Who
    reports it is not part of it: provider and consumer may both hand in the same message.
    """
    fields = Fields({key.removeprefix(_NAMESPACE): value for key, value in message.items()})
    parties = Fields(envelope)
    name = fields.required("@type").removeprefix(_NAMESPACE)
    if name not in _TYPES:
        return [*fields.reasons, "@type is none of the transfer messages"]
    consumer = fields.required("consumerPid")
    # The consumer asks before the provider has given the process an id.
    provider = (
        fields.optional("providerPid") if name == _REQUEST else fields.required("providerPid")
    )
    state = _state(fields) if name == _PROCESS else "MESSAGE"
    origin, destination = parties.optional("origin"), parties.optional("destination")
    if reasons := fields.reasons + parties.reasons:
        return reasons
    return UsageEvent(
        id=identity("transfer", name, provider, consumer, at, state),
        at=at,
        kind="transfer",
        operations=(name,),
        stage=state,
        origin=origin,
        destination=destination,
        process=consumer,
        user=None,
    )


def _state(fields: Fields) -> str:
    state = fields.required("state").removeprefix(_NAMESPACE)
    if state and state not in _STATES:
        fields.reasons.append(f"state is none of {', '.join(sorted(_STATES))}")
    return state
