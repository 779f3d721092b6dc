"""No import cycles anywhere, not even between modules of one layer."""

from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
LOCATIONS = sorted(path.parent.name for path in (ROOT / "locations").glob("*/pyproject.toml"))


@pytest.mark.parametrize("package", ["loc", "shared_resources", *LOCATIONS])
def test_package_has_no_import_cycle(package: str) -> None:
    graph = grimp.build_graph(package, exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    order = list(TopologicalSorter(imports).static_order())  # CycleError names the modules
    assert set(order) == graph.modules
    assert len(order) > 5
