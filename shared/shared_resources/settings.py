"""How a resource finds its settings and secrets: when it is used, never when it is loaded.

The environment is the operator's word. Run configuration may fill in what the environment leaves
open, and may not contradict it: a consumer who starts a job cannot send a location's credentials
to another address. Guide 2.3, environment agnosticism.
"""

import re

from dagster import EnvVar

from shared_resources.errors import MissingSecretError, SettingError

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


def setting(configured: str, variable: str, default: str = "") -> str:
    """Return the value of `variable`, else what is configured, else `default`.

    Raises SettingError when both are given and differ.
    """
    operator = EnvVar(variable).get_value() or ""
    if operator and configured and operator != configured:
        message = f"run configuration contradicts the environment variable {variable}"
        raise SettingError(message, hint=f"leave it out of the configuration, or unset {variable}")
    return operator or configured or default


def secret(variable: str, purpose: str) -> str:
    """Return the secret in the environment variable named `variable`.

    Raises SettingError when `variable` is no name of one (a pasted secret is not repeated in the
    message), MissingSecretError when it is not set.
    """
    if not _VARIABLE.fullmatch(variable):
        message = f"the {purpose} must be given as the name of an environment variable"
        raise SettingError(
            message, hint="such as MY_TOKEN: upper case letters, digits, underscores"
        )
    value = EnvVar(variable).get_value()
    if not value:
        message = f"the {purpose} is missing: the environment variable {variable} is not set"
        raise MissingSecretError(message, hint=f"set {variable} where the run executes")
    return value
