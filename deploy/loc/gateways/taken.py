"""What a name is used for already: in the repository, in uv.lock, in the environment."""

from __future__ import annotations

from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from loc.gateways.uv import locked_packages
from loc.names import service_name
from loc.settings import LOCK

if TYPE_CHECKING:
    from loc.locations import Location


def use_of(root: Path, location: Location) -> str:
    """Return what has the location's name, empty where nothing has it but the location itself."""
    if (root / location.name).exists():
        return "a folder of this repository"
    if _is_installed(root, location):
        return "an installed module"
    folder = locked_packages(root).get(service_name(location.name), location.path)
    return "" if folder == location.path else f"a package in {LOCK}"


def _is_installed(root: Path, location: Location) -> bool:
    spec = PathFinder.find_spec(location.name)
    if spec is None:
        return False
    places = [*(spec.submodule_search_locations or ()), *([spec.origin] if spec.origin else ())]
    own = root / location.path
    return not all(Path(place).is_relative_to(own) for place in places)
