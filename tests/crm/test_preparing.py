"""What a person reads when the database cannot be prepared."""

import os
import subprocess
import sys

import pytest

from crm.engines import EngineTrouble, whereabouts
from crm.engines.postgres import free_port
from crm.running.preparing import ROOT, prepare

FULL = "print('migrating', flush=True)\nopen('/dev/full', 'w', buffering=1).write('x\\n')"  # a real full disk
BROKEN = "print('migrating', flush=True)\nraise ValueError('no such column')"


def failing(code, var):
    """Let this code be what prepares; return (the lines that were told, the trouble)."""
    told = []
    with pytest.raises(EngineTrouble) as trouble:
        prepare(dict(os.environ), var=var, tell=told.append, command=[sys.executable, "-c", code])
    return told, str(trouble.value)


def test_a_full_disk_is_one_sentence_without_a_traceback(tmp_path):
    told, trouble = failing(FULL, tmp_path)
    assert told == ["migrating"]
    assert trouble.startswith(f"The disk that holds {tmp_path} is full. Free some space")


def test_any_other_failure_shows_its_reason_above(tmp_path):
    told, trouble = failing(BROKEN, tmp_path)
    assert told[0] == "migrating" and told[-1] == "ValueError: no such column" and "stands above" in trouble


def run(*arguments, var):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "FILO_MODE": "demo", "FILO_VAR": str(var)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_disk_that_is_full_from_the_first_byte_is_one_sentence_too(tmp_path):
    (tmp_path / "port").symlink_to("/dev/full")
    done = run("manage.py", "up", "--port", str(free_port()), var=tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"Filo: The disk that holds {tmp_path} is full." in done.stderr


def test_an_upgrade_waits_until_the_filo_of_this_var_is_stopped(tmp_path):
    assert run("-m", "crm.running.idle", var=tmp_path).returncode == 0
    whereabouts.remember(tmp_path, {"DATABASE_URL": "postgres://here"})
    asked = run("-m", "crm.running.idle", var=tmp_path)
    assert asked.returncode == 1 and f"Filo runs from {tmp_path}. Stop it first" in asked.stderr
    assert "crm.running.idle" in (ROOT / "bin" / "upgrade").read_text()
