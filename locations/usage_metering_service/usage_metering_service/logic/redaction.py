"""What quarantine may keep of a bad line: everything but what could be a credential.

A TransferStartMessage carries in `dataAddress` what opens the data. A line that mentions such a
thing is kept with those values replaced; one that cannot be parsed is withheld, since nobody can
say where in it the credential stands. Its source (object and line) leads to the original.
"""

from __future__ import annotations

import json
import re

_REDACTED = "[redacted]"
# `\u00` is there since "dataAddres\u0073" is the same key to a parser and not to a search.
_CREDENTIAL = re.compile(
    r"data_?address|endpoint_?propert|authorization|bearer|token|secret|passw|api.?key|credential"
    r"|\\u00",
    re.IGNORECASE,
)


def kept_text(text: str, parsed: object = None) -> str:
    """Return the line as quarantine may keep it; `parsed` is None where it is no JSON."""
    if not _CREDENTIAL.search(text):
        return text
    if parsed is None:
        return _withheld(text)
    try:
        return json.dumps(_redacted(parsed))
    except RecursionError:
        return _withheld(text)


def _withheld(text: str) -> str:
    return f"[withheld: {len(text)} characters that may hold a credential]"


def _redacted(value: object) -> object:
    if isinstance(value, dict):
        # {"name": "authorization", "value": ...} names the credential beside it.
        named = any(isinstance(v, str) and _CREDENTIAL.search(v) for v in value.values())
        return {
            key: _REDACTED if named or _CREDENTIAL.search(key) else _redacted(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_redacted(inner) for inner in value]
    return _REDACTED if isinstance(value, str) and _CREDENTIAL.search(value) else value
