import subprocess
import sys
import tarfile

import pytest
from django.db import connection
from django.utils.timezone import now

from campaigns.models import Campaign, Recipient
from crm import backups, restoring
from crm.running.runner import ROOT
from customers.models import Customer
from interactions.models import Message
from tests import make
from tests.databases import connect, empty_database, environment
from tests.make import make_customer


@pytest.fixture
def empty_place(tmp_path, transactional_db):
    """An empty database beside ours and an empty folder."""
    with empty_database("restored") as there:
        yield there, tmp_path / "restored"


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    (folder / "imports").mkdir(parents=True)
    (folder / "imports" / "caffè.csv").write_bytes(b"name\nMira\n")
    return folder


def test_a_backup_restores_into_an_empty_place_as_it_was(empty_place, files, tmp_path):
    there, restored_files = empty_place
    make_customer("Mira Kovač", email="mira@example.com")
    archive = backups.back_up(connection.settings_dict, files, tmp_path / "backups")
    Customer.objects.update(name="Somebody else")

    backups.restore(archive, there, restored_files)

    assert _names(there) == ["Mira Kovač"]
    assert _tables(there) == _tables(connection.settings_dict)
    assert (restored_files / "imports" / "caffè.csv").read_bytes() == b"name\nMira\n"
    assert archive.stat().st_mode & 0o077 == 0


def test_nothing_is_overwritten(empty_place, files, tmp_path):
    archive = backups.back_up(connection.settings_dict, files, tmp_path / "backups")
    with pytest.raises(backups.BackupTrouble, match="not empty"):
        backups.restore(archive, connection.settings_dict, tmp_path / "new")
    with pytest.raises(backups.BackupTrouble, match="not empty"):
        backups.restore(archive, empty_place[0], files)


def test_nothing_is_restored_while_a_worker_could_send_it(empty_place, files, tmp_path):
    archive = backups.back_up(connection.settings_dict, files, tmp_path / "backups")
    worker = connect(empty_place[0])
    with pytest.raises(backups.BackupTrouble, match="Stop web, worker and clock"):
        backups.restore(archive, *empty_place)
    worker.close()
    backups.restore(archive, *empty_place)


@pytest.mark.long
def test_a_backup_of_the_middle_of_a_campaign_sends_nothing_by_itself(empty_place, tmp_path):
    make.make_organisation()
    mira, spring = (
        make.make_mira(),
        Campaign.objects.create(channel="email", name="Spring", status="running", launched_at=now()),
    )
    summer = Campaign.objects.create(channel="email", name="Summer", status="planned", planned_at=now())
    Recipient.objects.create(campaign=spring, customer=mira)
    one = {"channel": "email", "customer": mira, "to_address": "mira@example.com", "due_at": now(), "created_at": now()}
    many = {**one, "purpose": "offers", "is_marketing": True, "origin": "campaign", "origin_id": spring.pk}
    Message.objects.bulk_create([Message(**many, dedupe_key=f"campaign:{spring.pk}:{n}") for n in range(20)])
    Message.objects.create(**one, purpose="service", conversation=make.make_conversation(mira), body_text="Hello")

    _manage("backup", "--into", str(tmp_path / "backups"), database=connection.settings_dict, var=tmp_path / "old")
    there, _files = empty_place
    archive = str(backups.newest(tmp_path / "backups"))
    said = _manage("restore", archive, database=there, var=tmp_path / "new")

    assert "Paused, its messages are held: campaign “Spring”." in said
    assert "Does not start by itself any more: campaign “Summer”." in said and "1 message" in said
    assert (
        _ask(there, "SELECT id FROM interactions_message WHERE status = 'queued' AND due_at < now() + '1 year'") == []
    )
    assert _ask(there, "SELECT count(*) FROM interactions_message WHERE status = 'queued' AND is_marketing") == [20]
    assert _ask(there, "SELECT is_marketing FROM interactions_message WHERE status = 'in_doubt'") == [False]
    highest = "SELECT nextval('interactions_message_id_seq') - max(id) > 1000000 FROM interactions_message"
    assert _ask(there, highest) == [True], "what was sent since has its numbers out there"
    states = "SELECT status || ' ' || stopped_because FROM campaigns_campaign ORDER BY id"
    assert _ask(there, states) == ["paused restored", "undecided restored"], f"{spring} and {summer}"


@pytest.mark.long
def test_a_restore_that_was_killed_is_stopped_when_it_starts(empty_place, tmp_path):
    """Killed after the database was loaded, before what it brought was stopped: as it is while the note lies there."""
    make.make_organisation()
    Campaign.objects.create(channel="email", name="Spring", status="running", launched_at=now())
    archive = backups.back_up(connection.settings_dict, tmp_path / "none", tmp_path / "backups")
    there, files = empty_place
    var = tmp_path / "new"
    var.mkdir()
    (var / restoring.UNFINISHED).touch()
    backups.restore(archive, there, files)

    again = _manage("restore", str(archive), database=there, var=var, fails=True)
    assert "not empty" in again and (var / restoring.UNFINISHED).exists()
    said = _manage("prepare", database=there, var=var)
    assert "Paused, its messages are held: campaign “Spring”." in said
    assert _ask(there, "SELECT status FROM campaigns_campaign") == ["paused"]
    assert not (var / restoring.UNFINISHED).exists()


def test_another_archive_is_refused(empty_place, tmp_path):
    strange = tmp_path / "strange.tar"
    with tarfile.open(strange, "w") as archive:
        archive.add(__file__, "readme")
    with pytest.raises(backups.BackupTrouble, match="no database"):
        backups.restore(strange, empty_place[0], tmp_path / "new")


def test_an_archive_that_is_cut_short_is_refused(empty_place, files, tmp_path):
    archive = backups.back_up(connection.settings_dict, files, tmp_path / "backups")
    archive.write_bytes(archive.read_bytes()[:20_000])
    with pytest.raises(backups.BackupTrouble, match="cut short"):
        backups.restore(archive, empty_place[0], tmp_path / "new")
    assert _tables(empty_place[0]) == [] and not (tmp_path / "new").exists()


def test_a_python_without_archive_filters_restores_too(empty_place, files, tmp_path, monkeypatch):
    monkeypatch.delattr(tarfile, "data_filter", raising=False)  # 3.11.0 to 3.11.3, Debian 12 among them
    there, restored_files = empty_place
    archive = backups.back_up(connection.settings_dict, files, tmp_path / "backups")
    backups.restore(archive, there, restored_files)
    assert (restored_files / "imports" / "caffè.csv").exists()


def test_an_archive_that_climbs_out_of_its_folder_is_refused(tmp_path, empty_place, monkeypatch):
    monkeypatch.delattr(tarfile, "data_filter", raising=False)
    strange = tmp_path / "strange.tar"
    with tarfile.open(strange, "w") as archive:
        archive.add(__file__, "../outside.py")
    with pytest.raises(backups.BackupTrouble, match="outside"):
        backups.restore(strange, empty_place[0], tmp_path / "new")


def test_a_dump_that_fails_leaves_no_archive(tmp_path, db):
    wrong = {**connection.settings_dict, "NAME": "there_is_none"}
    with pytest.raises(backups.BackupTrouble, match="there_is_none"):
        backups.back_up(wrong, tmp_path / "files", tmp_path / "backups")
    assert backups.newest(tmp_path / "backups") is None


def test_the_newest_are_kept(tmp_path):
    for day in range(1, 6):
        (tmp_path / f"filo-2026010{day}-000000-0.tar").touch()
    backups.forget_old(tmp_path, kept=2)
    assert sorted(path.name[5:13] for path in tmp_path.iterdir()) == ["20260104", "20260105"]


def _manage(*words, database, var, fails=False):
    """Run a command as an administrator does, over this database and folder; return what it said."""
    env = {**environment(database), "FILO_VAR": str(var)}
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr * fails


def _ask(database, sql):
    there = connect(database)
    with there.cursor() as cursor:
        cursor.execute(sql)
        found = [row[0] for row in cursor.fetchall()]
    there.close()
    return found


def _names(database):
    return _ask(database, "SELECT name FROM customers_customer ORDER BY name")


def _tables(database):
    return _ask(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
