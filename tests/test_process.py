"""Running other programs: bytes in and out, a limit in time, an error that can be read."""

import sys
import time
from pathlib import Path

import pytest

from loc.errors import ToolError
from loc.gateways.process import Completed, run

PYTHON = [sys.executable, "-c"]


def test_output_and_code_come_back_as_they_are() -> None:
    code = "import sys; sys.stdout.buffer.write(b'\\xff\\0'); sys.stderr.write('e'); sys.exit(3)"
    assert run([*PYTHON, code], accepted=(3,)) == Completed(3, b"\xff\0", b"e")


def test_input_folder_and_environment_reach_the_program(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd(), os.environ['WANTED'], sys.stdin.read())"
    done = run([*PYTHON, code], cwd=tmp_path, stdin=b"in", environment={"WANTED": "x"})
    assert done.stdout == f"{tmp_path} x in\n".encode()


def test_argument_is_never_read_by_a_shell(tmp_path: Path) -> None:
    argument = f"$(touch {tmp_path}/made); `touch {tmp_path}/made`"
    done = run([*PYTHON, "import sys; print(sys.argv[1])", argument])
    assert done.stdout == f"{argument}\n".encode()
    assert not list(tmp_path.iterdir())


def test_failure_is_told_with_the_command_and_its_last_lines() -> None:
    code = "import sys; print(*range(30), sep=chr(10), file=sys.stderr); sys.exit(4)"
    with pytest.raises(ToolError) as caught:
        run([*PYTHON, code])
    first, *lines = caught.value.message.splitlines()
    assert first == f"{sys.executable} -c '{code}' ended with 4:"
    assert lines == [str(number) for number in range(10, 30)]


def test_program_that_hangs_is_stopped_with_its_children(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    child = f"import time; time.sleep(1.5); open({str(alive)!r}, 'w')"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(ToolError, match=r"did not end within 0\.5 s and was stopped"):
        run([*PYTHON, parent], timeout=0.5)
    time.sleep(1.5)
    assert not alive.exists()
