"""Loading happens elsewhere: whatever a location does there, the check goes on."""

from pathlib import Path

from loc.gateways.definitions import load
from loc.locations import Location
from loc.registered import LoadError

from .repositories import BASE, lay_out

DEMO = Location("demo_service")
LOGIC = f"{DEMO.package}/logic/demo.py"
HANGS = "while True:\n    pass\n"


def test_location_that_hangs_is_stopped_and_the_next_one_is_loaded(tmp_path: Path) -> None:
    slow = {
        path.replace("demo_service", "slow_service"): text.replace("demo_service", "slow_service")
        for path, text in {**BASE, LOGIC: HANGS}.items()
    }
    lay_out(tmp_path, {**BASE, **slow})
    hanging, loaded = load(tmp_path, [Location("slow_service"), DEMO], seconds=3)
    assert hanging.error == LoadError("", 1, "it did not load within 3 s")
    assert (loaded.error, loaded.definitions) == (None, ("defs",))
    assert [(job.name, job.tag("test_run"), job.defaults) for job in loaded.jobs] == [
        ("demo_job", "", ""),
        ("demo_test_run_job", "true", ""),
    ]


def test_what_a_location_prints_is_not_taken_for_the_report(tmp_path: Path) -> None:
    loud = 'import os\n\nprint("{}")\nos.write(1, b"[]")\n\n\n' + BASE[LOGIC]
    lay_out(tmp_path, {**BASE, LOGIC: loud})
    [report] = load(tmp_path, [DEMO])
    assert report.error is None
