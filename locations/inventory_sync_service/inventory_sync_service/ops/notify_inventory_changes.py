"""Tell others about a new snapshot, once."""

from dagster import OpExecutionContext, op

from inventory_sync_service.logic.drops import write_receipt
from inventory_sync_service.logic.notice import Publication, notice_of
from shared_resources.notifications import Notifications
from shared_resources.object_storage import ObjectStorage


@op
def notify_inventory_changes(
    context: OpExecutionContext,
    publication: Publication,
    notifications: Notifications,
    object_storage: ObjectStorage,
    drop_id: str = "",
) -> None:
    """Send the message about the newest manifest unless it was sent; then close the drop."""
    notice = notice_of(publication)
    delivery = notifications.send(notice.key, notice.subject, notice.body)
    if drop_id:
        write_receipt(object_storage, drop_id, f"reconciled: {publication.key}")
    context.add_output_metadata({"notification": delivery.value, "subject": notice.subject})
