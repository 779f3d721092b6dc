"""A small workspace of two locations and a shared library, in a real git repository."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from subprocess import run
from typing import Any

from loc import cli

IDENTITY = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "file",
}
ROOT = """\
[tool.uv]
required-version = ">=0.9"

[tool.uv.workspace]
members = ["locations/*", "shared"]

[tool.ruff]
line-length = 100
"""
SHARED = """\
[project]
name = "shared-resources"
version = "0.1.0"
dependencies = []

[project.optional-dependencies]
http = ["urllib3"]

[project.entry-points.pytest11]
shared_resources = "shared_resources.testing"
"""
DOCKERFILE = """\
FROM base
COPY pyproject.toml uv.lock ./
COPY shared/shared_resources /opt/code/shared_resources
COPY locations/{name}/{name} /opt/code/{name}
"""
PYPROJECT = """\
[project]
name = "{name}"
version = "0.1.0"
dependencies = ["shared-resources[http]", "polars"]

[dependency-groups]
dev = ["hypothesis"]
"""
LOCK = """\
version = 1
revision = 3
requires-python = ">=3.11"

[manifest]
members = ["orders", "shared-resources", "stock"]

[manifest.dependency-groups]
dev = [
    {{ name = "pytest", specifier = ">=9" }},
]
{packages}"""


@dataclass
class Outcome:
    """What a run of `loc` left: its exit code and its output."""

    code: int
    stdout: str
    stderr: str

    @property
    def data(self) -> Any:
        assert self.code == 0, self.stderr
        return json.loads(self.stdout)


@dataclass
class Workspace:
    """A repository to change, commit and ask about."""

    root: Path
    messages: Iterator[str] = field(default_factory=lambda: (f"change {n}" for n in range(10**6)))

    def git(self, *arguments: str) -> str:
        """Run git; return its output without the last newline."""
        command = ["git", *arguments]
        environment = {**os.environ, **IDENTITY}
        done = run(command, cwd=self.root, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode(errors="surrogateescape").removesuffix("\n")

    def write(self, files: Mapping[str, str]) -> None:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    def replace(self, name: str, old: str, new: str) -> None:
        content = (self.root / name).read_text()
        assert old in content
        self.write({name: content.replace(old, new)})

    def remove(self, name: str) -> None:
        self.git("rm", "-r", "--quiet", name)

    def move(self, old: str, new: str) -> None:
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        self.git("mv", old, new)

    def link(self, name: str, target: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    def commit(self) -> str:
        """Commit all there is; return the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", next(self.messages))
        return self.git("rev-parse", "HEAD")

    def release(self, **tags: str) -> None:
        """Record on the branch `production` the tag of each location named."""
        self.git("switch", "--quiet", "--force-create", "at-work")
        exists = self.git("branch", "--list", "production")
        self.git("switch", "--quiet", *([] if exists else ["--create"]), "production")
        for name, tag in tags.items():
            self.write({f"deploy/values/{name}.yaml": f'image:\n  tag: "{tag}"\n'})
        self.commit()
        self.git("switch", "--quiet", "at-work")

    def loc(self, *arguments: str) -> Outcome:
        """Run `loc` in this process, as its entry point does."""
        out, err = StringIO(), StringIO()
        with chdir(self.root), redirect_stdout(out), redirect_stderr(err):
            code = cli.run(list(arguments))
        return Outcome(code, out.getvalue(), err.getvalue())

    def affected(self, *options: str) -> Any:
        """Return what `loc affected --json` says; without options, of the last commit."""
        options = options or ("--base", "HEAD~1")
        return self.loc("affected", "--json", *options).data


def two_locations(root: Path) -> Workspace:
    """Make `orders`, which reaches storage and settings, and `stock`, which reaches settings."""
    workspace = Workspace(root)
    workspace.git("init", "--quiet", "--initial-branch", "main")
    workspace.write(
        {
            "pyproject.toml": ROOT,
            "README.md": "read me",
            ".dockerignore": "**/tests\n",
            "uv.lock": lock(orders=["polars", "shared-resources[http]"], stock=["polars"]),
            "shared/pyproject.toml": SHARED,
            "shared/README.md": "",
            "shared/tests/test_storage.py": "",
            "shared/shared_resources/__init__.py": "",
            "shared/shared_resources/settings.py": "",
            "shared/shared_resources/storage.py": "from shared_resources.settings import x\n",
            "shared/shared_resources/unused.py": "",
            "shared/shared_resources/testing.py": "import shared_resources.storage\n",
            **location("orders", "from shared_resources.storage import y\n"),
            **location("stock", "from shared_resources.settings import z\n"),
        }
    )
    workspace.commit()
    return workspace


def location(name: str, code: str) -> dict[str, str]:
    """Return the files of a location, `code` in its repository.py."""
    return {
        f"deploy/values/{name}.yaml": "replicas: 1\n",
        f"locations/{name}/pyproject.toml": PYPROJECT.format(name=name),
        f"locations/{name}/Dockerfile": DOCKERFILE.format(name=name),
        f"locations/{name}/README.md": f"about {name}",
        f"locations/{name}/tests/test_{name}.py": "",
        f"locations/{name}/{name}/__init__.py": "",
        f"locations/{name}/{name}/repository.py": code,
    }


def lock(versions: Mapping[str, str] | None = None, /, **locations: list[str]) -> str:
    """Return a lock in which each location depends on what is named, by name or `name[extra]`.

    polars needs numpy; shared-resources[http] needs urllib3; every version is 1.0 unless given.
    """
    edges: dict[str, list[str]] = {"polars": ["numpy"], "hypothesis": ["sortedcontainers"]}
    libraries = ["hypothesis", "numpy", "polars", "pytest", "sortedcontainers", "urllib3"]
    sections = [
        package(name, (versions or {}).get(name, "1.0"), edges.get(name, []), wheels(name))
        for name in libraries
    ]
    shared = '\n[package.optional-dependencies]\nhttp = [\n    { name = "urllib3" },\n]\n'
    sections.append(package("shared-resources", "0.1.0", [], shared, source="shared"))
    group = '\n[package.dev-dependencies]\ndev = [\n    { name = "hypothesis" },\n]\n'
    sections.extend(
        package(name, "0.1.0", needs, group, source=f"locations/{name}")
        for name, needs in sorted(locations.items())
    )
    return LOCK.format(packages="".join(sections))


def package(name: str, version: str, needs: list[str], rest: str, source: str = "") -> str:
    place = f'editable = "{source}"' if source else 'registry = "https://index.example/simple"'
    lines = [f'\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ {place} }}\n']
    if needs:
        lines.append("dependencies = [\n")
        for need in needs:
            base, _, extra = need.removesuffix("]").partition("[")
            extras = f', extra = ["{extra}"]' if extra else ""
            lines.append(f'    {{ name = "{base}"{extras} }},\n')
        lines.append("]\n")
    return "".join(lines) + rest


def wheels(name: str, *tags: str) -> str:
    names = [f"{name}-1.0-{tag}.whl" for tag in tags or ("py3-none-any",)]
    entries = "".join(
        f'    {{ url = "https://files.example/{file}", hash = "sha256:{file}", size = 1 }},\n'
        for file in names
    )
    return f"wheels = [\n{entries}]\n"


def to_build(name: str, *reasons: str) -> dict[str, object]:
    return {"location": name, "for": "build", "reasons": list(reasons)}


def to_test(name: str, *reasons: str) -> dict[str, object]:
    return {"location": name, "for": "test", "reasons": list(reasons)}


def to_remove(name: str) -> dict[str, object]:
    return {"location": name, "for": "remove", "reasons": [f"locations/{name}: deleted"]}
