from collections.abc import Mapping
from pathlib import Path

import pytest

from .clone import Clone, cloned


@pytest.fixture(scope="session")
def uv_settings(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """No network where uv's cache has what locking needs: that is where it was locked before."""
    offline = {"UV_OFFLINE": "1"}
    clone = cloned(tmp_path_factory.mktemp("probe") / "clone", offline)
    return {} if clone.loc("new", "order_audit", "--dry-run").returncode else offline


@pytest.fixture
def clone(tmp_path: Path, uv_settings: Mapping[str, str]) -> Clone:
    return cloned(tmp_path / "clone", uv_settings)
