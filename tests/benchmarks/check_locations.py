"""CPU of `loc check --no-load` and `--staged`, beside that of `python -c "import click"`.

    uv run python tests/benchmarks/check_locations.py [LOCATIONS ...]

Each repository holds copies of the largest location of this one, under names of their own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOC = Path(sys.executable).with_name("loc")
ENTRY = "  - python_module:\n      module_name: {0}.repository\n      location_name: {0}\n"


def main() -> None:
    sizes = [int(argument) for argument in sys.argv[1:]] or [1, 10, 100]
    click = cpu([sys.executable, "-c", "import click"], ROOT)
    print(f"{'locations':>9} {'lines':>8} {'all':>8} {'staged':>8}   seconds of CPU")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            lines = lay_out(root, size)
            everything = cpu([str(LOC), "check", "--no-load"], root)
            touch(root)
            staged = cpu([str(LOC), "check", "--staged"], root)
        print(f"{size:9} {lines:8} {everything:8.2f} {staged:8.2f}")
    print(f"import click alone: {click:.2f}")


def cpu(command: list[str], folder: Path) -> float:
    """Return user and system seconds of a process and its children, which must succeed."""
    before = os.times()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def lay_out(root: Path, size: int) -> int:
    """Write a committed repository of `size` locations; return its lines of Python."""
    largest = max((ROOT / "locations").iterdir(), key=lambda place: len(list(place.rglob("*.py"))))
    shutil.copytree(ROOT / "shared", root / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    names = [f"copied_{number}_service" for number in range(1, size + 1)]
    lines = sum(copy(largest, root, name) for name in names)
    entries = "".join(ENTRY.format(name) for name in names)
    (root / "workspace.yaml").write_text(f"load_from:\n{entries}")
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "locations")
    return lines


def copy(location: Path, root: Path, name: str) -> int:
    values = ROOT / "deploy/values" / f"{location.name}.yaml"
    files = [path for path in location.rglob("*") if path.is_file()]
    lines = 0
    for path in [*files, values]:
        if "__pycache__" not in path.parts:
            target = root / renamed(str(path.relative_to(ROOT)), location.name, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = renamed(path.read_text(), location.name, name)
            target.write_text(text)
            lines += text.count("\n") * (path.suffix == ".py")
    return lines


def renamed(text: str, old: str, new: str) -> str:
    return text.replace(old, new).replace(old.replace("_", "-"), new.replace("_", "-"))


def touch(root: Path) -> None:
    place = root / "locations/copied_1_service/README.md"
    place.write_text(place.read_text() + "more\n")
    git(root, "add", "--all")


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True)


if __name__ == "__main__":
    main()
