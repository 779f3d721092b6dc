"""The template of a new location, rendered with jinja2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loc.errors import UsageError
from loc.settings import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_RENDERED = ".jinja"


def render(root: Path, into: Path, values: Mapping[str, str]) -> list[str]:
    """Write the template's files below `into` and return their paths, sorted.

    Names in double braces are filled in, in paths too; a file that does not end in `.jinja` is
    copied. Raises UsageError for a template that is missing or cannot be rendered.
    """
    import jinja2

    folder = root / TEMPLATE
    # Nothing here is HTML: escaping would change the text of Python and YAML.
    environment = jinja2.Environment(  # noqa: S701
        keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )
    sources = sorted(path for path in folder.rglob("*") if path.is_file())
    if not sources:
        raise UsageError(f"{TEMPLATE} has no files", hint="restore the folder from git")
    paths = []
    for source in sources:
        relative = source.relative_to(folder).as_posix()
        try:
            path = environment.from_string(relative.removesuffix(_RENDERED)).render(values)
            content = source.read_bytes()
            if relative.endswith(_RENDERED):
                content = environment.from_string(content.decode()).render(values).encode()
        except (jinja2.TemplateError, UnicodeDecodeError) as error:
            line = f":{error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else ""
            raise UsageError(
                f"{TEMPLATE}/{relative}{line}: {error}", hint="mend the template"
            ) from None
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_bytes(content)
        paths.append(path)
    return sorted(paths)
