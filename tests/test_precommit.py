"""The commit hooks: all local, all runnable, nothing fetched from anywhere."""

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent


def test_hooks_are_local_and_take_their_versions_from_the_lock() -> None:
    content = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert {repository["repo"] for repository in content["repos"]} == {"local"}
    hooks = [hook for repository in content["repos"] for hook in repository["hooks"]]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert [hook["entry"].split()[0] for hook in hooks] == ["uv"] * len(hooks)


def test_hook_refuses_a_commit_that_breaks_a_rule(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True)

    git("init", "--quiet")
    config = (ROOT / ".pre-commit-config.yaml").read_text().replace("uv run", "uv run --project")
    config = config.replace("--project", f"--project {ROOT}")
    (tmp_path / ".pre-commit-config.yaml").write_text(config)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    (tmp_path / "bad.py").write_text('"""Bad."""\n\nimport os\n\nprint(undefined)\n')
    git("add", "bad.py")
    command = [sys.executable, "-m", "pre_commit", "run", "ruff-check"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, text=True)
    assert result.returncode == 1
    assert "F821" in result.stdout
