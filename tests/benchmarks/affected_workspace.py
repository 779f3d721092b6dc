"""Generates a workspace of many locations, readable by each of the compared tools."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NTH = 10
"""One location in so many uses the module `rare` of the library, and the package `rare`."""

MODULES = 20
INDEX = '{ registry = "https://index.example/simple" }'
DOCKERFILE = """\
FROM base
COPY pyproject.toml uv.lock ./
COPY shared/shared_resources /opt/code/shared_resources
COPY locations/{name}/{name} /opt/code/{name}
"""
OP = """\
from dagster import op

from shared_resources.module_{module:02} import connect

{rare}

@op
def op_{number}(rows: list[int]) -> int:
    return sum(connect(row) for row in rows)
"""


def generate(root: Path, locations: int) -> None:
    """Write a workspace of so many locations and of one library that they share."""
    names = [f"location_{number:04}" for number in range(locations)]
    write(root, common(names))
    for number, name in enumerate(names):
        write(root / "locations" / name, location(number, name))


def is_rare(number: int) -> bool:
    return number % NTH == 0


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)


def common(names: list[str]) -> dict[str, str]:
    library = {f"module_{number:02}": "def connect(x): ..." for number in range(MODULES)}
    library |= {"rare": "x = 1\n", "__init__": ""}
    package = {"name": "root", "private": True, "packageManager": "npm@10.0.0"}
    return {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["locations/*", "shared"]\n',
        "uv.lock": uv_lock(names),
        "shared/pyproject.toml": '[project]\nname = "shared-resources"\nversion = "1"\n',
        **{f"shared/shared_resources/{name}.py": text for name, text in library.items()},
        "package.json": json.dumps(package | {"workspaces": ["locations/*", "shared"]}),
        "package-lock.json": npm_lock(names),
        "shared/package.json": json.dumps({"name": "shared-resources", "version": "1.0.0"}),
        "turbo.json": json.dumps({"tasks": {"build": {}}}),
        ".moon/workspace.yml": "projects: ['locations/*', 'shared']\nvcs: {defaultBranch: main}\n",
        "shared/moon.yml": "language: python\n",
        ".gitignore": ".moon/cache\n.turbo\n",
    }


def location(number: int, name: str) -> dict[str, str]:
    rare = "from shared_resources.rare import x" if is_rare(number) else ""
    op = OP.format(module=number % MODULES, rare=rare, number=number)
    return {
        "pyproject.toml": f'[project]\nname = "{dashed(name)}"\nversion = "1"\n',
        "Dockerfile": DOCKERFILE.format(name=name),
        "README.md": f"# {name}\n",
        "package.json": json.dumps(npm_package(number, name)),
        "moon.yml": "dependsOn: ['shared']\n",
        f"tests/test_{name}.py": f"from {name}.repository import defs\n",
        **{f"{name}/{part}/__init__.py": "" for part in ("jobs", "ops", "logic", "resources")},
        f"{name}/__init__.py": "",
        f"{name}/ops/count.py": op,
        f"{name}/jobs/count.py": f"from {name}.ops.count import op_{number}\n",
        f"{name}/logic/count.py": "def count(rows): return len(rows)\n",
        f"{name}/repository.py": f"from {name}.jobs import count\n",
    }


def dashed(name: str) -> str:
    return name.replace("_", "-")


def uv_lock(names: list[str]) -> str:
    """Return this repository's lock with the generated members and the package `rare`."""
    head, *sections = (ROOT / "uv.lock").read_text().split("\n[[package]]\n")
    libraries = [section for section in sections if "source = { registry" in section]
    head = re.sub(r"\n\[manifest.*", "\n", head, flags=re.DOTALL)
    members = "".join(f'    "{dashed(name)}",\n' for name in [*names, "shared-resources"])
    rare = f'name = "rare"\nversion = "1.0"\nsource = {INDEX}\n'
    shared = (
        'name = "shared-resources"\nversion = "1"\nsource = { editable = "shared" }\n'
        'dependencies = [\n    { name = "dagster" },\n]\n\n[package.optional-dependencies]\n'
        'graph = [\n    { name = "rare" },\n]\n'
    )
    own = [uv_member(number, name) for number, name in enumerate(names)]
    manifest = f"{head}\n[manifest]\nmembers = [\n{members}]\n"
    return "\n[[package]]\n".join([manifest, *libraries, rare, shared, *own])


def uv_member(number: int, name: str) -> str:
    extra = ', extra = ["graph"]' if is_rare(number) else ""
    extras = ', extras = ["graph"]' if is_rare(number) else ""
    return (
        f'name = "{dashed(name)}"\nversion = "1"\n'
        f'source = {{ editable = "locations/{name}" }}\n'
        'dependencies = [\n    { name = "dagster" },\n    { name = "polars" },\n'
        '    { name = "pydantic" },\n'
        f'    {{ name = "shared-resources"{extra} }},\n    {{ name = "sqlalchemy" }},\n]\n\n'
        "[package.metadata]\nrequires-dist = [\n"
        '    { name = "dagster", specifier = ">=1.11.11,<1.14" },\n'
        '    { name = "polars", specifier = ">=1.30,<3" },\n'
        '    { name = "pydantic", specifier = ">=2.11,<3" },\n'
        f'    {{ name = "shared-resources"{extras}, editable = "shared" }},\n'
        '    { name = "sqlalchemy", specifier = ">=2.0.40,<3" },\n]\n'
    )


def npm_package(number: int, name: str) -> dict[str, object]:
    needs = {"shared-resources": "*", "common": "1.0.0"}
    needs |= {"rare": "1.0.0"} if is_rare(number) else {}
    return {"name": name, "version": "1.0.0", "dependencies": needs}


def npm_lock(names: list[str]) -> str:
    packages: dict[str, object] = {
        "": {"name": "root", "workspaces": ["locations/*", "shared"]},
        "shared": {"name": "shared-resources", "version": "1.0.0"},
        "node_modules/shared-resources": {"resolved": "shared", "link": True},
    }
    for name in ("rare", "common"):
        packages[f"node_modules/{name}"] = {"version": "1.0.0", "resolved": f"https://x/{name}"}
    for number, name in enumerate(names):
        packages[f"locations/{name}"] = npm_package(number, name)
        packages[f"node_modules/{name}"] = {"resolved": f"locations/{name}", "link": True}
    content = {"name": "root", "lockfileVersion": 3, "requires": True, "packages": packages}
    return json.dumps(content, indent=1)
