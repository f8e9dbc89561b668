"""The benchmark runs and prints what it promises; how fast this machine is, no test asserts."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests import sound_server


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
            (r"memory after ten files, against the first", r"\d+ MB"),
            (r"threads left after ten files", "0"),
        ):
            assert re.search(rf"^{platform}: {measure} +{value}", table, re.MULTILINE), (platform, measure, table)
