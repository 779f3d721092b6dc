"""What `loc affected` costs, beside git itself and the tools that do something alike.

    uv run python tests/benchmarks/affected.py [--locations 10 100 1000] [--runs 5]

Generates workspaces, makes one change at a time, and measures the processor time (user and system)
of cold processes, the median of some runs. Beside it stands the number of locations that each
names; where that is wrong, it is marked. The other tools are installed into a temporary folder:
difftrace from PyPI, turbo and moon from npm; one that cannot be installed is left out.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from affected_workspace import NTH, generate

LOC = str(Path(sys.executable).with_name("loc"))
UV_LOCK, NPM_LOCK = "uv.lock", "package-lock.json"
QUIET = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
    "TURBO_TELEMETRY_DISABLED": "1",
    "MOON_TELEMETRY": "false",
    "MOON_BASE": "main",
    "MOON_HEAD": "HEAD",
    "NO_COLOR": "1",
}


@dataclass(frozen=True)
class Contender:
    """A command, how many locations its output names, and the lock that it reads."""

    name: str
    command: Sequence[str]
    count: Callable[[str], int] | None = None
    lock: str = ""


@dataclass(frozen=True)
class Case:
    """A change, how many locations it should be named for, and the lock that it is in."""

    name: str
    apply: Callable[[Path], None]
    expected: Callable[[int], int]
    lock: str = ""

    def concerns(self, contender: Contender) -> bool:
        """Say whether the change is in a lock that the command reads, or in none."""
        return not self.lock or contender.lock in ("", self.lock)


def main() -> None:
    """Print a table as it grows."""
    parser = argparse.ArgumentParser(description="CPU of loc affected beside other tools")
    parser.add_argument("--locations", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        contenders = list(installed(Path(folder)))
        print("| locations | change | command | CPU ms | of git diff | of import click | named |")
        print("|---:|---|---|---:|---:|---:|---|")
        for size in options.locations:
            workspace = Path(folder) / f"workspace_{size}"
            generate(workspace, size)
            git(workspace, "init", "--quiet", "--initial-branch", "main")
            git(workspace, "add", "--all")
            git(workspace, "commit", "--quiet", "--message", "all")
            for case in CASES:
                measure(workspace, case, size, contenders, options.runs)


def measure(
    workspace: Path, case: Case, size: int, contenders: Sequence[Contender], runs: int
) -> None:
    git(workspace, "switch", "--quiet", "--force-create", "topic", "main")
    case.apply(workspace)
    git(workspace, "commit", "--quiet", "--all", "--message", case.name)
    costs: dict[str, float] = {}
    named: dict[str, str] = {}
    for contender in filter(case.concerns, contenders):
        outcomes = [cold(contender.command, workspace) for _ in range(runs)]
        costs[contender.name] = statistics.median(cost for cost, _ in outcomes)
        if contender.count:
            found, wanted = contender.count(outcomes[0][1]), case.expected(size)
            named[contender.name] = f"{found}" if found == wanted else f"{found}, not {wanted}"
    for name, cost in costs.items():
        ratios = (cost / costs[other] for other in (GIT.name, CLICK.name))
        of_git, of_click = (f"{ratio:.1f}" for ratio in ratios)
        cells = (size, case.name, name, f"{cost:.0f}", of_git, of_click, named.get(name, ""))
        print("|", " | ".join(map(str, cells)), "|", flush=True)


def cold(command: Sequence[str], folder: Path) -> tuple[float, str]:
    """Run a process to its end; return its processor time in ms, children included, and output."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **QUIET},
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command)} ended with {process.returncode}")
        return (usage.ru_utime + usage.ru_stime) * 1000, output.read().decode()


def installed(folder: Path) -> Iterator[Contender]:
    """Yield what is measured; install what others would use."""
    yield from (GIT, CLICK, OURS)
    python = f"{folder}/difftrace/bin/python"
    if succeeds("uv", "venv", "--quiet", f"{folder}/difftrace") and succeeds(
        "uv", "pip", "install", "--quiet", f"--python={python}", "difftrace"
    ):
        command = f"{folder}/difftrace/bin/difftrace --base main --lock-scope --no-dev --names"
        yield Contender("difftrace --lock-scope", command.split(), in_lines, UV_LOCK)
    node = folder / "node"
    node.mkdir()
    npm = ["npm", "install", "--silent", f"--prefix={node}", "turbo", "@moonrepo/cli"]
    if succeeds(*npm):
        turbo, moon = (binary(node, name) for name in ("turbo", "moon"))
        command = f"{turbo} ls --affected --output=json"
        yield Contender("turbo ls --affected", command.split(), in_turbo, NPM_LOCK)
        command = f"{moon} query projects --affected --downstream=deep"
        yield Contender("moon query projects --affected", command.split(), in_moon, NPM_LOCK)


def binary(node: Path, name: str) -> Path:
    """Return the program itself, past the script that starts it."""
    found = node.glob(f"node_modules/@*/**/{name}")
    return max(found, key=lambda path: path.stat().st_size if path.is_file() else 0)


def succeeds(*command: str) -> bool:
    there = shutil.which(command[0])
    done = subprocess.run(command, capture_output=True, check=False) if there else None
    if not done or done.returncode:
        print(f"left out: {' '.join(command)}", file=sys.stderr)
    return done is not None and done.returncode == 0


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **QUIET}, check=True)


def in_json(output: str) -> int:
    return len({each["location"] for each in json.loads(output)})


def in_lines(output: str) -> int:
    return sum("location" in line for line in output.splitlines())


def in_turbo(output: str) -> int:
    items = json.loads(output)["packages"]["items"]
    return sum("location" in item["name"] for item in items)


def in_moon(output: str) -> int:
    return sum("location" in item["id"] for item in json.loads(output)["projects"])


def change_code(workspace: Path) -> None:
    append(workspace / "locations/location_0003/location_0003/logic/count.py", "x = 1\n")


def change_library(workspace: Path) -> None:
    append(workspace / "shared/shared_resources/rare.py", "y = 1\n")


def change_uv_lock(workspace: Path) -> None:
    replace(
        workspace / "uv.lock", 'name = "rare"\nversion = "1.0"', 'name = "rare"\nversion = "1.1"'
    )


def change_npm_lock(workspace: Path) -> None:
    old = '"node_modules/rare": {\n   "version": "1.0.0"'
    replace(workspace / "package-lock.json", old, old.replace("1.0.0", "1.0.1"))


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def replace(path: Path, old: str, new: str) -> None:
    content = path.read_text()
    if old not in content:
        sys.exit(f"{path} has no {old!r}")
    path.write_text(content.replace(old, new))


def some(size: int) -> int:
    return -(-size // NTH)


CASES = (
    Case("code of one location", change_code, lambda _: 1),
    Case("a module of the library", change_library, some),
    Case("a package in uv.lock", change_uv_lock, some, UV_LOCK),
    Case("the same in package-lock.json", change_npm_lock, some, NPM_LOCK),
)
GIT = Contender("git diff --name-only main...HEAD", ["git", "diff", "--name-only", "main...HEAD"])
CLICK = Contender('python -c "import click"', [sys.executable, "-c", "import click"])
OURS = Contender(
    "loc affected --base main --json",
    [LOC, "affected", "--base", "main", "--json"],
    in_json,
    UV_LOCK,
)

if __name__ == "__main__":
    main()
