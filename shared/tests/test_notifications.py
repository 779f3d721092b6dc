"""The contract of `notifications`: sent once, never lost, over an outbox and a real webhook."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from shared_resources.errors import NotificationError
from shared_resources.notifications import Delivery, Notifications
from shared_resources.object_storage import ObjectStorage
from shared_resources.testing.http_server import Answer, LoopbackServer, Reply

Serve = Callable[[Answer], AbstractContextManager[LoopbackServer]]
pytestmark = pytest.mark.usefixtures("clean_environment")


def test_without_webhook_the_outbox_is_the_delivery(storage: ObjectStorage) -> None:
    notifications = Notifications(storage=storage)
    assert notifications.send("sync/1", "Changed", {"rows": 3}) is Delivery.OUTBOX
    assert notifications.send("sync/1", "Changed", {"rows": 3}) is Delivery.ALREADY
    assert notifications.send("sync/2", "Changed", {"rows": 4}) is Delivery.OUTBOX
    assert notifications.sent() == [
        {"key": "sync/1", "subject": "Changed", "body": {"rows": 3}},
        {"key": "sync/2", "subject": "Changed", "body": {"rows": 4}},
    ]


def test_webhook_gets_each_message_once(storage: ObjectStorage, http_server: Serve) -> None:
    with http_server(lambda _: Reply(202)) as server:
        notifications = Notifications(storage=storage, webhook_url=f"{server.url}/hook")
        assert notifications.send("sync/1", "Changed", {"rows": 3}) is Delivery.DELIVERED
        assert notifications.send("sync/1", "Changed", {"rows": 3}) is Delivery.ALREADY
    (request,) = server.requests
    assert (request.path, request.headers["idempotency-key"]) == ("/hook", "sync/1")
    assert json.loads(request.body) == {"key": "sync/1", "subject": "Changed", "body": {"rows": 3}}
    assert notifications.pending() == []


def test_refused_message_waits_in_the_outbox_and_goes_out_as_it_was(
    storage: ObjectStorage, http_server: Serve
) -> None:
    with http_server(lambda _: Reply(400)) as server:
        notifications = Notifications(storage=storage, webhook_url=server.url)
        with pytest.raises(NotificationError, match="'sync/1' stands in the outbox") as caught:
            notifications.send("sync/1", "Changed", {"rows": 3})
        assert server.url not in str(caught.value), "the address may be a secret"
        assert notifications.pending() == ["sync/1"]
        server.answer = lambda _: Reply(200)
        assert notifications.send("sync/1", "Changed", {"rows": 0}) is Delivery.DELIVERED
        assert json.loads(server.requests[-1].body)["body"] == {"rows": 3}
    assert notifications.pending() == []


def test_webhook_of_the_environment_gets_its_token(
    folder_storage: ObjectStorage, http_server: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_TOKEN", "canary-token")
    with http_server(lambda _: Reply(200)) as server:
        monkeypatch.setenv("NOTIFICATIONS_WEBHOOK_URL", server.url)
        notifications = Notifications(storage=folder_storage, token_variable="HOOK_TOKEN")
        notifications.send("k", "s", {})
    assert server.requests[0].headers["authorization"] == "Bearer canary-token"
    stored = b"".join(folder_storage.read(e.key) for e in folder_storage.list_objects())
    assert b"canary" not in stored
    assert "canary" not in repr(notifications)
