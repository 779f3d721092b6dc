"""The locations' images, built for real: shared layers, small pushes, the same bytes twice."""

import shutil
import subprocess
from pathlib import Path

import pytest

from .engine import ROOT, Engine, Image, missing

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {', '.join(missing())}"),
    pytest.mark.timeout(1200),
]
INVENTORY, USAGE = "inventory_sync_service", "usage_metering_service"


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    found = Engine(tmp_path_factory.mktemp("buildah"))
    found.make_base()
    return found


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git has of this repository, as a delivery checks it out."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.split(b"\0")  # fmt: skip
    for name in filter(None, (path.decode() for path in listed)):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def context(checkout: Path, tmp_path: Path) -> Path:
    """A checkout that a test may change."""
    return shutil.copytree(checkout, tmp_path / "changed")


@pytest.fixture(scope="session")
def inventory(engine: Engine, checkout: Path) -> Image:
    return engine.build(checkout, INVENTORY, tag="first")


@pytest.fixture(scope="session")
def usage(engine: Engine, checkout: Path) -> Image:
    return engine.build(checkout, USAGE, tag="first")


def test_locations_share_the_layer_of_their_common_dependencies(
    inventory: Image, usage: Image
) -> None:
    base, common, own, library, code, *rest = inventory.layers
    assert (base, common) == usage.layers[:2]
    assert library == usage.layers[3]
    assert own != usage.layers[2]
    assert code != usage.layers[4]
    assert all(layer.size < 1000 for layer in rest)


def test_same_commit_gives_the_same_digest_without_any_cache(
    engine: Engine, inventory: Image, context: Path
) -> None:
    again = engine.build(context, INVENTORY, tag="again", cache=False)
    assert again.digest == inventory.digest


def test_one_line_change_pushes_less_than_100_kb(
    engine: Engine, inventory: Image, context: Path
) -> None:
    repository = context / "locations" / INVENTORY / INVENTORY / "repository.py"
    repository.write_text(repository.read_text() + "# one more line\n")
    changed = engine.build(context, INVENTORY, tag="changed")
    assert 0 < changed.pushed_after(inventory) < 100_000


def test_change_in_another_location_changes_nothing(
    engine: Engine, inventory: Image, context: Path
) -> None:
    other = context / "locations" / USAGE / USAGE / "repository.py"
    other.write_text(other.read_text() + "# one more line\n")
    (context / "locations" / USAGE / "README.md").write_text("changed")
    assert engine.build(context, INVENTORY, tag="other").digest == inventory.digest


def test_tests_and_documents_are_in_no_image(
    engine: Engine, inventory: Image, context: Path
) -> None:
    for folder in (context / "locations" / INVENTORY / "tests", context / "shared" / "tests"):
        (folder / "added.py").write_text("x = 1\n")
    (context / "README.md").write_text("changed")
    (context / "shared/shared_resources/testing/added.py").write_text("x = 1\n")
    assert engine.build(context, INVENTORY, tag="tests").digest == inventory.digest


@pytest.mark.parametrize("name", [INVENTORY, USAGE])
def test_image_runs_as_a_numeric_user_and_loads_its_definitions(
    name: str, engine: Engine, request: pytest.FixtureRequest
) -> None:
    image: Image = request.getfixturevalue(name.partition("_")[0])
    assert image.config["User"] == "65532:65532"
    assert image.config["Cmd"] == [
        "dagster", "api", "grpc", "-h", "0.0.0.0", "-p", "4000", "-m", f"{name}.repository",
    ]  # fmt: skip
    container = engine.run("from", "--pull-never", image.name)
    code = (
        f"import os, {name}.repository as r, dagster_k8s, dagster_postgres;"
        "print(os.getuid(), len(r.defs.resolve_all_job_defs()) > 0)"
    )
    run = ["run", "--isolation", "chroot", container, "--", "python3", "-W", "ignore", "-c", code]
    assert engine.run(*run).splitlines()[-1] == "65532 True"
    engine.run("rm", container)


def test_image_holds_only_what_its_location_names(engine: Engine, usage: Image) -> None:
    container = engine.run("from", "--pull-never", usage.name)
    names = ("sqlalchemy", "obstore", "polars", "psycopg", "pytest", "boto3", INVENTORY)
    code = f"import importlib.util as u; print([n for n in {names} if u.find_spec(n)])"
    run = ["run", "--isolation", "chroot", container, "--", "python3", "-c", code]
    assert engine.run(*run) == "['sqlalchemy', 'obstore', 'polars']"  # dagster needs sqlalchemy
    engine.run("rm", container)
