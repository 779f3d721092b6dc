"""Telling others, once: an outbox in object storage, and a webhook where one is configured."""

import json
from collections.abc import Mapping
from enum import Enum

from dagster import ConfigurableResource, ResourceDependency
from pydantic import Field

from shared_resources.errors import HttpError, NotificationError
from shared_resources.http_api import HttpApi
from shared_resources.object_storage import ObjectStorage
from shared_resources.publication import Json, json_bytes
from shared_resources.settings import setting


class Delivery(Enum):
    """What became of a notification."""

    DELIVERED = "delivered"
    OUTBOX = "in the outbox"
    ALREADY = "already notified"


class Notifications(ConfigurableResource[None]):
    """Messages with an idempotency key: the same key is sent once, however often a job runs.

    The message is written to the outbox first. With a webhook it is then posted, at least once,
    with the key as Idempotency-Key, and marked as delivered; without one, the outbox is where it
    ends.
    """

    storage: ResourceDependency[ObjectStorage]
    prefix: str = Field(default="outbox", description="Where messages stand in object storage.")
    webhook_url: str = Field(
        default="", description="Empty: NOTIFICATIONS_WEBHOOK_URL, else no webhook."
    )
    token_variable: str = Field(
        default="NOTIFICATIONS_WEBHOOK_TOKEN",
        description="Environment variable of the webhook's bearer token, sent where it is set.",
    )
    total_seconds: float = Field(default=60.0, gt=0, description="Limit of a post with retries.")

    def send(self, key: str, subject: str, body: Mapping[str, Json]) -> Delivery:
        """Send a message. Raises NotificationError if it stands in the outbox undelivered.

        `key` names the event, is a valid object key, and decides what "the same message" is.
        """
        message_key, receipt_key = f"{self.prefix}/{key}.json", f"{self.prefix}/{key}.delivered"
        content = json_bytes({"key": key, "subject": subject, "body": dict(body)})
        is_new = self.storage.create(message_key, content)
        webhook = setting(self.webhook_url, "NOTIFICATIONS_WEBHOOK_URL")
        if not webhook:
            return Delivery.OUTBOX if is_new else Delivery.ALREADY
        if not is_new and self.storage.exists(receipt_key):
            return Delivery.ALREADY
        # After a kill, what was written first is what is sent.
        self._post(webhook, key, content if is_new else self.storage.read(message_key))
        self.storage.create(receipt_key, b"")
        return Delivery.DELIVERED

    def pending(self) -> list[str]:
        """Return the keys of messages that stand in the outbox without a receipt of delivery."""
        keys = {entry.key for entry in self.storage.list_objects(self.prefix)}
        messages = sorted(key.removesuffix(".json") for key in keys if key.endswith(".json"))
        return [
            key.removeprefix(f"{self.prefix}/")
            for key in messages
            if f"{key}.delivered" not in keys
        ]

    def sent(self) -> list[Mapping[str, Json]]:
        """Return all messages of the outbox, in the order of their keys."""
        entries = self.storage.list_objects(self.prefix)
        return [json.loads(self.storage.read(e.key)) for e in entries if e.key.endswith(".json")]

    def _post(self, webhook: str, key: str, content: bytes) -> None:
        api = HttpApi(
            base_url=webhook,
            token_variable=self.token_variable,
            token_required=False,
            total_seconds=self.total_seconds,
        )
        try:
            api.post("", content, content_type="application/json", idempotency_key=key)
        except HttpError as error:
            # The address of a webhook is often all that protects it.
            reason = str(error).replace(webhook, "the webhook")
            message = f"notification {key!r} stands in the outbox, and was not delivered: {reason}"
            raise NotificationError(message, hint="the next run tries again") from None
