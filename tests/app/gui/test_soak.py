"""A random user finds nothing wrong in some seconds, and would find a mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")

BROKEN = """
from midlevel_app.gui.playhead import Playhead
from tests.app.gui import soak
def move(self, event):
    raise ZeroDivisionError("a mistake for this test")
Playhead.mouseMoveEvent = move
soak.main()
"""


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=200)


def test_a_random_user_finds_nothing_wrong():
    answer = run("-m", "tests.app.gui.soak", "--minutes", "0.33", "--seed", "1")
    assert answer.returncode == 0, answer.stdout[-4000:]
    assert "windows were closed" in answer.stdout.splitlines()[-1]


def test_a_mistake_is_found_and_named_by_seed_and_step():
    answer = run("-c", BROKEN, "--minutes", "2", "--seed", "2", "--no-sound")
    assert answer.returncode == 1, answer.stdout[-4000:] + answer.stderr[-4000:]
    assert "a mistake for this test" in answer.stdout
    assert answer.stdout.splitlines()[-1] == "FAILED with seed 2"
