"""Guide 3.3: images and their tags."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from loc.dockerfile_instructions import read
from loc.rules.rule import Rule
from loc.settings import SHARED
from loc.yaml_nodes import Scalar, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loc.dockerfile_instructions import Instruction, Stage
    from loc.findings import Finding
    from loc.locations import Location
    from loc.sources import File
    from loc.yaml_nodes import Node

FLOATING = Rule(
    "L3301",
    "no tag is latest or floats",
    "What a floating tag names changes by itself: a restart is then a release, and no way back.",
    "Use the commit's 40 hex digits or a version such as 1.4.2; leave the tag out on main.",
)
UNQUOTED = Rule(
    "L3302",
    "tags are quoted",
    "YAML reads 1234567 as a number and 12345e7 as another one: not the tag that was pushed.",
    "Put the tag between double quotes.",
)
NOT_PINNED = Rule(
    "L3303",
    "every image that the build starts from is pinned by its digest",
    "A tag can be pushed again: two builds of one commit then differ.",
    "Write `image:tag@sha256:...`.",
)
ROOT = Rule(
    "L3304",
    "the image runs as a user with a number that is not 0",
    "Kubernetes proves `runAsNonRoot` by the number; a name could be root.",
    "End with such as `USER 65532:65532`.",
)
COPIES = Rule(
    "L3305",
    "the image copies only what affects it",
    "What else it holds changes it without a reason that `loc affected` can see.",
    "Copy from the location's own folder, shared/, pyproject.toml and uv.lock, each by name.",
)
SHELL_FORM = Rule(
    "L3306",
    "CMD is there, and in exec form",
    "Behind a shell the server is not told to stop, and is killed in the middle of its work.",
    'Write `CMD ["dagster", "api", "grpc", ...]`.',
)
LINTER = Rule(
    "L3307",
    "hadolint has nothing against the Dockerfile",
    "Its rules hold known faults of Dockerfiles; the finding names hadolint's own code.",
    "Look the DL or SC code up in hadolint's documentation; `# hadolint ignore=` with a reason.",
)
UNREADABLE = Rule(
    "L3308",
    "the Dockerfile can be read and builds an image",
    "What cannot be read cannot be built.",
    "Mend the line.",
)
RULES = (FLOATING, UNQUOTED, NOT_PINNED, ROOT, COPIES, SHELL_FORM, LINTER, UNREADABLE)

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")
_FIXED = re.compile(
    r"(?:[0-9a-f]{40}|v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)(?:@sha256:[0-9a-f]{64})?"
)
_USER = re.compile(r"[1-9]\d*(?::\d+)?")
_ROOT_FILES = ("pyproject.toml", "uv.lock")
# Codes of hadolint for which there is a rule here that says more.
_OWN = {"DL3002", "DL3006", "DL3007", "DL3020", "DL3025", "DL3066"}


def find(location: Location, file: File) -> Iterator[Finding]:
    """Find breaches in a location's Dockerfile."""
    if file.unread:
        yield UNREADABLE.at(file.path, 1, f"not readable: {file.unread}")
        return
    try:
        stages = read(file.text())
    except UnicodeDecodeError:
        yield UNREADABLE.at(file.path, 1, "not readable: it is not UTF-8")
        return
    if not stages:
        yield UNREADABLE.at(file.path, 1, "not readable: it has no FROM")
        return
    for line, image in _images(stages):
        yield from _image(file.path, line, image)
    yield from _copies(location, file.path, stages)
    final = _inherited(stages)
    yield from _user(file.path, stages[-1].line, final)
    yield from _command(file.path, stages[-1].line, final)


def find_linted(advice: Iterable[tuple[str, int, str, str]]) -> Iterator[Finding]:
    """Turn what hadolint says, (path, line, code, text), into findings."""
    for path, line, code, text in advice:
        if code == "DL1000":
            yield UNREADABLE.at(path, line, f"not readable: {text}")
        elif code not in _OWN:
            yield LINTER.at(path, line, f"{code} {text}")


def find_tags(path: str, node: Node) -> Iterator[Finding]:
    """Find tags in a values file that float or are not quoted."""
    for mapping in walk(node):
        tag, image = mapping.get("tag"), mapping.get("image")
        if isinstance(tag, Scalar) and not tag.is_null:
            if not tag.quoted:
                yield UNQUOTED.at(path, tag.line, f"the tag {tag.text} is not quoted")
            if not _FIXED.fullmatch(tag.text):
                yield FLOATING.at(path, tag.line, f"the tag {tag.text} floats")
        if isinstance(image, Scalar) and not image.is_null and not _is_fixed(image.text):
            yield FLOATING.at(path, image.line, f"the image {image.text} has no fixed tag")


def _is_fixed(image: str) -> bool:
    tag = _tag(image)
    return tag != "latest" and bool(_DIGEST.search(image) or _FIXED.fullmatch(tag))


def _tag(image: str) -> str:
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def _images(stages: Sequence[Stage]) -> Iterator[tuple[int, str]]:
    """Yield line and name of each image from outside that a build reads."""
    known = {str(number) for number in range(len(stages))} | {"scratch", "", "context"}
    for stage in stages:
        if stage.image not in known:
            yield stage.line, stage.image
        for instruction in stage.instructions:
            mounts = [_mount(value) for name, value in instruction.flags if name == "mount"]
            sources = [instruction.flag("from"), *(mount.get("from", "") for mount in mounts)]
            yield from ((instruction.line, image) for image in sources if image not in known)
        known.add(stage.name)


def _image(path: str, line: int, image: str) -> Iterator[Finding]:
    if _tag(image) == "latest":
        yield FLOATING.at(path, line, f"{image} is of the tag latest")
    if not _DIGEST.search(image):
        yield NOT_PINNED.at(path, line, f"{image} is not pinned by a digest")


def _copies(location: Location, path: str, stages: Sequence[Stage]) -> Iterator[Finding]:
    for stage in stages:
        for instruction in stage.instructions:
            for source in _sources(instruction):
                if not _affects(location, source):
                    line, what = instruction.line, instruction.keyword
                    yield COPIES.at(path, line, f"{what} takes {source}, more than its own")


def _sources(instruction: Instruction) -> tuple[str, ...]:
    """Return what an instruction takes from the build context."""
    if instruction.keyword == "RUN":
        mounts = [_mount(value) for name, value in instruction.flags if name == "mount"]
        binds = [m for m in mounts if m.get("type", "bind") == "bind" and "from" not in m]
        return tuple(mount.get("source") or mount.get("src") or "." for mount in binds)
    if instruction.keyword not in ("COPY", "ADD") or instruction.flag("from"):
        return ()
    return tuple(word for word in instruction.words[:-1] if not word.startswith("<<"))


def _mount(value: str) -> dict[str, str]:
    return dict(option.partition("=")[::2] for option in value.split(","))


def _affects(location: Location, source: str) -> bool:
    place = posixpath.normpath(source.lstrip("/") or ".")
    inside = any(f"{place}/".startswith(f"{folder}/") for folder in (location.path, SHARED))
    return (inside or place in _ROOT_FILES) and "$" not in source and "://" not in source


def _inherited(stages: Sequence[Stage]) -> list[Instruction]:
    """Return the instructions of the last stage, after those of the stages it builds upon."""
    by_name = {stage.name: stage for stage in stages if stage.name}
    found: list[Instruction] = []
    stage: Stage | None = stages[-1]
    while stage is not None:
        found[:0] = stage.instructions
        stage = by_name.pop(stage.image, None)
    return found


def _user(path: str, line: int, instructions: Iterable[Instruction]) -> Iterator[Finding]:
    users = [instruction for instruction in instructions if instruction.keyword == "USER"]
    if not users:
        yield ROOT.at(path, line, "the image has no USER and runs as root")
    elif not _USER.fullmatch(users[-1].rest):
        yield ROOT.at(path, users[-1].line, f"USER {users[-1].rest} is no number above 0")


def _command(path: str, line: int, instructions: Sequence[Instruction]) -> Iterator[Finding]:
    for keyword in ("CMD", "ENTRYPOINT"):
        found = [i for i in instructions if i.keyword == keyword]
        if found and not found[-1].arguments:
            yield SHELL_FORM.at(path, found[-1].line, f"{keyword} is not a JSON list of texts")
        elif not found and keyword == "CMD":
            yield SHELL_FORM.at(path, line, "the image has no CMD")
