"""A Dockerfile as its instructions, with lines; build arguments replaced by their defaults."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

_INSTRUCTION = re.compile(r"\s*(\w+)\s+(.*)", re.DOTALL)
_FLAG = re.compile(r"--([\w-]+)(?:=(\S+))?\s+")
_HERE = re.compile(r"<<-?\s*[\"']?(\w+)[\"']?")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::[-+]([^}]*))?\}|(\w+))")
_FROM = re.compile(r"(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Instruction:
    """An instruction: keyword in capitals, its flags, and the rest of it on one line."""

    line: int
    keyword: str
    flags: tuple[tuple[str, str], ...]
    rest: str

    def flag(self, name: str) -> str:
        """Return a flag's value, "" where it is not given."""
        return dict(self.flags).get(name, "")

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments, in either notation."""
        return self.arguments or tuple(word.strip("\"'") for word in self.rest.split())

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments where they are in exec form, a JSON list of texts; else nothing."""
        try:
            found = json.loads(self.rest) if self.rest.startswith("[") else []
        except (ValueError, RecursionError):
            return ()
        texts = all(isinstance(word, str) for word in found)
        return tuple(found) if texts else ()


@dataclass(frozen=True)
class Stage:
    """A stage: the image it starts from, resolved (with `$` where it cannot be), and its name."""

    line: int
    image: str
    name: str
    instructions: tuple[Instruction, ...] = field(default=())


def read(text: str) -> list[Stage]:
    """Return the stages of a Dockerfile; what is no instruction is left to the linter."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for instruction in _instructions(text):
        if instruction.keyword == "FROM":
            stages.append(_stage(instruction, arguments))
        elif stages:
            last = stages[-1]
            added = (*last.instructions, instruction)
            stages[-1] = Stage(last.line, last.image, last.name, added)
        elif instruction.keyword == "ARG":
            name, _, default = instruction.rest.partition("=")
            arguments[name.strip()] = resolve(default.strip("\"' "), arguments)
    return stages


def resolve(text: str, arguments: dict[str, str]) -> str:
    """Put the defaults of build arguments in; a `$` stays where there is none."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        return arguments.get(name) or match[2] or f"${name}"

    return _VARIABLE.sub(value, text)


def _stage(instruction: Instruction, arguments: dict[str, str]) -> Stage:
    match = _FROM.fullmatch(instruction.rest)
    image, name = (match[1], match[2] or "") if match else (instruction.rest, "")
    return Stage(instruction.line, resolve(image, arguments), name)


def _instructions(text: str) -> list[Instruction]:
    found = []
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        joined = line
        while joined.rstrip().endswith("\\"):
            _, following = next(lines, (0, ""))
            joined = joined.rstrip()[:-1] + ("\\" if _is_comment(following) else following)
        for word in _HERE.findall(joined):
            while (after := next(lines, None)) and after[1].strip() != word:
                pass
        if match := _INSTRUCTION.fullmatch(joined):
            found.append(_instruction(number, match[1].upper(), match[2]))
    return found


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _instruction(line: int, keyword: str, rest: str) -> Instruction:
    if keyword == "ONBUILD" and (match := _INSTRUCTION.fullmatch(rest)):
        return _instruction(line, match[1].upper(), match[2])
    flags = []
    while keyword != "FROM" and (found := _FLAG.match(rest)):
        flags.append((found[1].lower(), found[2] or ""))
        rest = rest[found.end() :]
    return Instruction(line, keyword, tuple(flags), rest.strip())
