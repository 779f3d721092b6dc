"""What can go wrong in a shared resource, one class per thing a caller may want to tell apart."""


class ResourceError(Exception):
    """A resource could not do what was asked; the message says what, the hint says what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Join message and hint, so that a log that prints only the exception shows both."""
        super().__init__(f"{message}\nhint: {hint}" if hint else message)


class SettingError(ResourceError):
    """A setting is malformed, or run configuration contradicts the environment."""


class MissingSecretError(ResourceError):
    """A secret is needed now, and its environment variable is not set."""


class ObjectNotFoundError(ResourceError):
    """No object has the key that was asked for."""


class StorageError(ResourceError):
    """The object store refused or did not answer."""


class HttpError(ResourceError):
    """An HTTP call failed for good: refused, or still failing after the retries."""


class HttpTimeoutError(HttpError):
    """The total time allowed for an HTTP call ran out."""


class PartialFetchError(HttpError):
    """A paginated collection could not be read whole, so nothing of it may be believed."""


class MassDeleteError(ResourceError):
    """A reconciliation would delete more than its guard allows; nothing was changed."""


class PublicationError(ResourceError):
    """A published object or manifest is missing, or not what its hash says."""


class QuarantineError(ResourceError):
    """Too much of an input is bad; the bad rows are in quarantine and nothing was published."""


class NotificationError(ResourceError):
    """A notification stands in the outbox and could not be delivered."""
