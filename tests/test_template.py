"""The migrated database that test runs copy: up to date, whole, made once; and the folder of a run goes with it."""

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from crm.engines.postgres import Postgres
from tests import home, template

COPY = "import sys; from pathlib import Path; from tests import template; template.copy_into({home!r}, shelf={shelf!r})"


def copy(to: Path, shelf: Path) -> subprocess.Popen:
    """Start what another run would do at its start."""
    to.mkdir()
    words = COPY.format(home=to, shelf=shelf).replace("PosixPath", "Path")
    return subprocess.Popen([sys.executable, "-c", words], cwd=template.ROOT)


def tables(folder: Path) -> int:
    """Start the cluster that was copied into this folder and count the tables of its migrated database."""
    postgres = Postgres(folder, lasting=False)
    try:
        address = postgres.start().removesuffix("filo") + template.DATABASE
        with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            return cursor.fetchone()[0]
    finally:
        postgres.stop()
        shutil.rmtree(postgres.data)


@pytest.mark.long  # four clusters, two of them migrated
def test_two_runs_that_start_at_once_make_one_and_the_next_makes_a_damaged_one_anew(tmp_path):
    shelf = tmp_path / "shelf"
    runs = [copy(tmp_path / name, shelf) for name in ("one", "other")]
    assert [run.wait() for run in runs] == [0, 0]
    assert [place.name for place in shelf.iterdir() if place.is_dir()] == [template.hash_of_makings()]
    assert tables(tmp_path / "one") == tables(tmp_path / "other") > 40

    kept = shelf / template.hash_of_makings()
    largest = max((kept / "data/base").rglob("*"), key=lambda file: file.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-1])
    assert not template.is_whole(kept)
    assert copy(tmp_path / "next", shelf).wait() == 0
    assert template.is_whole(kept)
    assert tables(tmp_path / "next") > 40


def test_a_changed_migration_or_library_is_another_template(tmp_path, monkeypatch):
    monkeypatch.setattr(template, "ROOT", tmp_path)
    for name in (*template.BUILT_BY, "staff/migrations/0001_initial.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    seen = [template.hash_of_makings()]
    (tmp_path / "requirements.lock").write_text("Django==5.2.99")
    seen.append(template.hash_of_makings())
    (tmp_path / "staff/migrations/0002_people_have_colours.py").touch()
    seen.append(template.hash_of_makings())
    assert len(set(seen)) == 3


def test_a_run_that_can_keep_none_is_told_and_goes_on(tmp_path, capsys):
    (tmp_path / "shelf").touch()  # a file, where a folder should be
    assert not template.copy_into(tmp_path / "home", shelf=tmp_path / "shelf")
    assert "none could be kept" in capsys.readouterr().err


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(home, "ENOUGH_BYTES", 0)
    monkeypatch.setattr(home, "JUST_MADE_SECONDS", -1)
    return tmp_path


def test_a_killed_run_leaves_its_folder_to_the_next_one(memory):
    killed, living = home.Home(memory), home.Home(memory)
    killed._held.close()  # as the system does
    here = home.Home(memory)
    assert set(memory.iterdir()) == {living.path, here.path}
    here.leave()
    assert set(memory.iterdir()) == {living.path}


def test_a_folder_that_was_made_this_minute_is_not_taken_for_one_that_was_left(memory, monkeypatch):
    monkeypatch.setattr(home, "JUST_MADE_SECONDS", 60)
    killed = home.Home(memory)
    killed._held.close()
    home.Home(memory)
    assert killed.path.exists()


def test_where_memory_is_short_a_run_lives_on_the_disk(memory, monkeypatch):
    monkeypatch.setattr(home, "ENOUGH_BYTES", 10**18)
    here = home.Home(memory)
    assert memory not in here.path.parents
    here.leave()
