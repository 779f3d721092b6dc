"""A standard of the guide that can be checked, with what `loc check --explain` says about it."""

from __future__ import annotations

from dataclasses import dataclass

from loc.findings import Finding


@dataclass(frozen=True)
class Rule:
    """A rule; the first two digits of its code are the section of the guide it comes from."""

    code: str
    title: str
    why: str
    mend: str

    @property
    def section(self) -> str:
        """The section of the development guide."""
        return f"{self.code[1]}.{self.code[2]}"

    def at(self, path: str, line: int, text: str) -> Finding:
        """Return a finding of this rule."""
        return Finding(path, line, self.code, text)

    def explained(self) -> str:
        """Return what the rule wants, why, and how to mend a breach."""
        return (
            f"{self.code} {self.title} (guide {self.section})\n\n"
            f"Why: {self.why}\n"
            f"Mend: {self.mend}\n"
        )
