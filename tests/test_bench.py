"""The benchmark runs and prints what it promises; how fast this machine is, no test asserts."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bench.live import missing_places
from bench.measures import RATE
from tests import sound_server
from tests.tones import piano_like


def test_quick_bench_prints_every_row():
    root = Path(__file__).resolve().parent.parent
    answer = subprocess.run(
        [sys.executable, "-m", "bench", "--quick"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    table = answer.stdout
    assert re.search(r"^ratio of processor times +\d+\.\d+ +1 +<= 0\.200", table, re.MULTILINE)
    assert re.search(r"^values a second +\d+\.\d ", table, re.MULTILINE)
    assert re.search(r"^analyse 0:01:00, peak memory +\d+ MB", table, re.MULTILINE)
    assert re.search(r"^weights of the reference's network +2,2\d\d,\d\d\d", table, re.MULTILINE)
    assert re.search(r"^midlevel --help +\d+\.\d+ s", table, re.MULTILINE)
    assert re.search(r"^window: from start to first paint +\d+\.\d+ s", table, re.MULTILINE)
    if not sound_server.can_run():
        return
    for platform in ["offscreen", *(["Xvfb"] if shutil.which("Xvfb") else [])]:
        for measure, value in (
            (r"first curve of 0:01:00 mp3", r"\d+\.\d\d s"),
            (r"frames a second, playing and analysing", r"[1-9]\d*"),
            (r"window blocked at most, playing and analysing", r"\d+ ms +\d+ ms"),
            (r"peak memory with 0:01:00", r"\d+ MB"),
            (r"memory after ten files, against the second to fifth", r"\d+ MB"),
            (r"threads left after ten files", "0"),
        ):
            assert re.search(rf"^{platform}: {measure} +{value}", table, re.MULTILINE), (platform, measure, table)
    for measure, value in (
        (r"0:00:08: dropouts told", r"\d+"),
        (r"0:00:08: dropouts by cross-correlation with what was played", r"\d+"),
        (r"0:00:08: from a sound's arrival to its value, median", r"\d+ ms"),
        (r"0:00:08: hearing, writing and analysing", r"\d+\.\d % of a core"),
        (r"0:02:00 simulated in [0-9:]+: memory at the end, against a fifth of the way", r"\d+ MB"),
        (r"0:02:00 simulated in [0-9:]+: times and take are exact to the sample", "yes"),
    ):
        assert re.search(rf"^live, {measure} +{value}", table, re.MULTILINE), (measure, table)
    for measure, value in ((r"dropouts told", r"\d+"), (r"all it does", r"\d+\.\d % of a core")):
        assert re.search(rf"^live in the window, 0:00:08: {measure} +{value}", table, re.MULTILINE), (measure, table)


@pytest.mark.parametrize(
    ("spoil", "places"),
    [
        (lambda heard: heard, 0),
        (lambda heard: np.delete(heard, slice(150_000, 150_441), axis=0), 1),
        (lambda heard: np.insert(heard, 150_000, np.zeros((64, 2)), axis=0), 1),
        (lambda heard: np.concatenate([heard[:150_000], heard[150_000:150_010] * 0, heard[150_010:]]), 1),
        (lambda heard: heard * 0, 1),
    ],
)
def test_what_is_missing_in_a_take_is_counted(tmp_path, spoil, places):
    played = piano_like(8.0, RATE)
    soundfile.write(tmp_path / "played.wav", played, RATE, subtype="PCM_24")
    heard = np.concatenate([np.zeros((12_345, 2)), played, np.zeros((RATE, 2))])
    soundfile.write(tmp_path / "take.wav", spoil(heard), RATE, subtype="PCM_24")
    found = missing_places(tmp_path / "take.wav", tmp_path / "played.wav")
    assert (found > 0) == (places > 0)
    assert found <= 2 * places
