"""The script ./run, as far as it goes without installing anything."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("app", "midlevel", "training", "test", "check", "translate", "bench", "help")


def run(*arguments, **environment):
    """Call ./run with no more environment than given."""
    environment = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        [ROOT / "run", *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def fake_program(folder, name, script):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(("shell", "script"), [("sh", "run"), ("bash", ".ci/run")])
def test_script_parses(shell, script):
    assert subprocess.run([shell, "-n", ROOT / script], check=False).returncode == 0
    assert os.access(ROOT / script, os.X_OK)


@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",)])
def test_help_lists_every_command(arguments):
    answer = run(*arguments)
    assert answer.returncode == 0
    listed = re.findall(r"^  (\w+) .*", answer.stdout, re.MULTILINE)
    assert tuple(listed) == COMMANDS


def test_unknown_command_is_a_wrong_call():
    answer = run("aap")
    assert answer.returncode == 2
    assert "no command 'aap'" in answer.stderr
    assert answer.stdout == ""


def test_window_without_a_display_says_so():
    answer = run("app")
    assert answer.returncode == 1
    assert "there is no display" in answer.stderr
    assert "midlevel analyze" in answer.stderr


def test_too_old_python_is_named(tmp_path):
    tools = tmp_path / "bin"
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        fake_program(tools, name, '[ "$1" = --version ] && echo Python 3.9.2 || exit 1')
    answer = run("midlevel", "--version", PATH=f"{tools}:{os.environ['PATH']}", MIDLEVEL_VENV=str(tmp_path / "venv"))
    assert answer.returncode == 1
    assert "Python 3.11 to 3.14 is needed, and here is Python 3.9.2" in answer.stderr
    assert not (tmp_path / "venv").exists()


def test_foreign_folder_is_never_deleted(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    answer = run("midlevel", "--version", MIDLEVEL_VENV=str(tmp_path))
    assert answer.returncode == 1
    assert "is not a usable virtual environment" in answer.stderr
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_missing_venv_module_without_root_prints_the_line_to_type(tmp_path):
    tools = tmp_path / "bin"
    fake_program(tools, "python3", "case $2 in *ensurepip*) exit 1 ;; *) exit 0 ;; esac")
    fake_program(tools, "dpkg-query", "exit 1")
    fake_program(tools, "apt-get", f"touch {tmp_path / 'called'}")
    fake_program(tools, "sudo", "exit 1")
    fake_program(tools, "id", "echo 1000")
    answer = run("midlevel", "--version", PATH=f"{tools}:{os.environ['PATH']}", MIDLEVEL_VENV=str(tmp_path / "venv"))
    assert answer.returncode == 1
    assert "sudo apt-get update && sudo apt-get install python3-venv" in answer.stderr
    assert not (tmp_path / "called").exists()


def test_commands_in_the_readme_exist():
    blocks = re.findall(
        r"^```\w*\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    calls = re.findall(r"^\$? *\./run +(\S+)", "\n".join(blocks), re.MULTILINE)
    assert {"app", "test"} <= set(calls)
    assert set(calls) <= set(COMMANDS)
