"""Proof that no location which uses a change is missed: what was decided against what was loaded.

Each location is loaded in a child, which tells the files it opened. Then each file of the
repository is changed in a commit of its own, and every location that opened it must be built.

What is built although the load did not open it is excused only by `excuse`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from loc.gateways.comparison import affected_since_fork
from loc.gateways.git import Repository

from .workspace import SHARED, Workspace, lock

ROOT = Path(__file__).parents[2]
LOAD = """\
import importlib, json, pathlib, sys
root, package, *path = sys.argv[1:]
sys.path[:0] = path
opened = set()
sys.addaudithook(lambda event, args: opened.add(args[0]) if event == "open" else None)
importlib.import_module(package + ".repository")
loaded = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
files = [pathlib.Path(f) for f in opened | loaded if isinstance(f, str) and f.startswith(root)]
print(json.dumps([str(f.relative_to(root)) for f in files if f.suffix != ".pyc"]))
"""
COMPUTED = "import_module(NAME)"


def opened_by(root: Path, location: str) -> set[str]:
    """Return the files of the repository that loading the location opens."""
    path = [f"{root}/locations/{location}", f"{root}/shared"]
    command = [sys.executable, "-B", "-c", LOAD, str(root), location, *path]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return set(json.loads(done.stdout.splitlines()[-1]))


def changed_one_by_one(workspace: Workspace) -> Iterator[tuple[str, Repository]]:
    """Yield each file with a repository whose commit changes it and nothing else."""
    base = workspace.git("rev-parse", "HEAD")
    files = workspace.git("ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")[:-1]
    stream = b""
    for number, file in enumerate(files):
        content = (workspace.root / file).read_bytes() + changed_end(file)
        stream += (
            f"commit refs/changed/{number}\ncommitter a <a@b> 0 +0000\ndata 0\nfrom {base}\n"
            f"M 100644 inline {json.dumps(file)}\ndata {len(content)}\n"
        ).encode()
        stream += content + b"\n"
    command = ["git", "fast-import", "--quiet"]
    subprocess.run(command, cwd=workspace.root, input=stream, check=True)
    refs = workspace.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/changed")
    commits = dict(line.split() for line in refs.splitlines())
    for number, file in enumerate(files):
        commit = commits[f"refs/changed/{number}"]
        yield file, Repository(workspace.root, commit, shallow=False)


def changed_end(file: str) -> bytes:
    """Return what, added to the file, changes what it says."""
    if file == "pyproject.toml" or file.endswith("/pyproject.toml"):
        return b"\n[tool.changed]\nx = 1\n"
    return b"\n# changed\n"


DECIDES_ALL = {"pyproject.toml", ".dockerignore", "shared/pyproject.toml"}
RELEASED = "configuration is released with the image"
IN_THE_IMAGE = "it is in the image, imported or not"
HOLDS_FOR_ALL = "it decides what every image holds"
DATA = "data of the library can be read by any of its modules"
ANY_MODULE = "an import with a computed name can load any module"
STAR = "an import of all that a package names can load any of its modules"
LATER = "an import in a function or for type checkers runs later, or never"


def excuse(location: str, file: str, sources: Mapping[str, str]) -> str | None:
    """Return why a location may be built for a file that loading it does not open."""
    own = f"locations/{location}/"
    module = file.removeprefix("shared/").removesuffix(".py").replace("/", ".")
    texts = [text for name, text in sources.items() if name.startswith((own, "shared/"))]
    folders = {name.removeprefix("shared/").rpartition("/")[0] for name in sources}
    packages = {folder.replace("/", ".") for folder in folders if "/" in folder}
    excuses = {
        IN_THE_IMAGE: file.startswith(own),
        RELEASED: file == f"deploy/values/{location}.yaml",
        HOLDS_FOR_ALL: file in DECIDES_ALL,
        DATA: file.startswith("shared/shared_resources/") and not file.endswith(".py"),
        ANY_MODULE: any(COMPUTED in text for text in texts),
        # over such a module, also what that module imports
        STAR: any(f"from {package} import *" in text for package in packages for text in texts),
        LATER: any(f"    from {module} import " in text for text in texts),
    }
    return next((reason for reason, holds in excuses.items() if holds), None)


def check(workspace: Workspace, locations: list[str]) -> None:
    base = workspace.git("rev-parse", "HEAD")
    opened = {name: opened_by(workspace.root, name) for name in locations}
    names = workspace.git("ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")[:-1]
    python = [name for name in names if name.endswith(".py")]
    sources = {name: (workspace.root / name).read_text() for name in python}
    for file, repository in changed_one_by_one(workspace):
        found = affected_since_fork(repository, base)
        built = {each.location for each in found if each.for_ == "build"}
        users = {name for name in locations if file in opened[name]}
        assert users <= built, f"{file} is used by {users} and built for {built} only"
        unexcused = {name for name in built - users if not excuse(name, file, sources)}
        assert not unexcused, f"{file} is built for {unexcused}, which do not use it"


def test_no_location_of_this_repository_is_missed(tmp_path: Path) -> None:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout
    workspace = Workspace(tmp_path)
    for file in files.decode().split("\0")[:-1]:
        if (ROOT / file).is_file():
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    workspace.git("init", "--quiet", "--template=")
    workspace.commit()
    locations = sorted(path.parent.name for path in tmp_path.glob("locations/*/pyproject.toml"))
    assert locations
    check(workspace, locations)


MODULES = ["alpha", "beta", "gamma", "io", "io.inner", "io.outer"]
FORMS = [
    "import shared_resources.{module}",
    "import shared_resources.{module} as renamed",
    "from shared_resources.{module} import VALUE",
    "from shared_resources.{module} import (\n    VALUE,\n)",
    "from shared_resources.{module} import *",
    "from shared_resources.{parent} import {last}",
    "from shared_resources.{parent} import (\n    {last} as renamed,\n)",
    "def later():\n    import shared_resources.{module}\nlater()",
    "try:\n    import shared_resources.{module}\nexcept ImportError:\n    pass",
    "from importlib import import_module\nimport_module('shared_resources.{module}')",
    "__import__('shared_resources.{module}')",
    "from importlib import import_module\nNAME = 'shared_' + 'resources.{module}'\n" + COMPUTED,
]
READING = (
    "import pathlib, shared_resources\n"
    "pathlib.Path(shared_resources.__file__).with_name('data.txt').read_text()"
)


@st.composite
def code(draw: st.DrawFn) -> str:
    """A module that loads up to three modules of the library, and perhaps its data."""
    lines = ["VALUE = 1"]
    for module in draw(st.lists(st.sampled_from(MODULES), max_size=3, unique=True)):
        parent, _, last = f".{module}".rpartition(".")
        form = draw(st.sampled_from(FORMS))
        text = form.format(module=module, parent=parent.strip("."), last=last)
        lines.append(text.replace("shared_resources. ", "shared_resources "))
    if draw(st.integers(0, 5)) == 0:
        lines.append(READING)
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Generated:
    library: Mapping[str, str]
    locations: Mapping[str, Mapping[str, str]]

    def files(self) -> dict[str, str]:
        found = {
            "README.md": "",
            "uv.lock": lock(orders=[], stock=[]),
            "shared/pyproject.toml": SHARED,
        }
        found["shared/shared_resources/__init__.py"] = ""
        found["shared/shared_resources/data.txt"] = "x"
        for module, text in self.library.items():
            name = "io/__init__" if module == "io" else module.replace(".", "/")
            found[f"shared/shared_resources/{name}.py"] = text
        for name, parts in self.locations.items():
            imports = "".join(f"import {name}.{part}\n" for part in parts if part != "idle")
            found[f"locations/{name}/pyproject.toml"] = 'dependencies = ["shared-resources"]\n'
            found[f"locations/{name}/{name}/__init__.py"] = ""
            found[f"locations/{name}/{name}/repository.py"] = imports
            found |= {f"locations/{name}/{name}/{part}.py": text for part, text in parts.items()}
        return found


def parts() -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({"ops": code(), "jobs": code()})


WORKSPACES = st.builds(
    Generated,
    library=st.fixed_dictionaries({module: code() for module in MODULES}),
    locations=st.fixed_dictionaries({"orders": parts(), "stock": parts()}),
)


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # each example is a repository: no shrinking
    suppress_health_check=[HealthCheck.too_slow],
)
@given(WORKSPACES)
def test_no_location_of_a_generated_repository_is_missed(
    tmp_path_factory: pytest.TempPathFactory, generated: Generated
) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("generated"))
    workspace.git("init", "--quiet", "--template=")
    workspace.write(generated.files())
    workspace.commit()
    check(workspace, ["orders", "stock"])
