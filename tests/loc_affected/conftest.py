from pathlib import Path

import pytest

from .workspace import Workspace, two_locations


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two committed locations, `orders` and `stock`, on the branch main."""
    root = tmp_path / "workspace"
    root.mkdir()
    return two_locations(root)
