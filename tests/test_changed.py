"""bin/test --changed asks the rooms that were changed and those above them, never less."""

import subprocess
from pathlib import Path

import pytest

from tests import changed

HOUSE = changed.House(
    [["crm"], ["staff"], ["customers"], ["interactions"], ["sales"], ["insights"], ["campaigns"], ["portal", "api"]],
    ["test_campaigns.py", "test_customer_facing.py", "test_face.py", "test_unheard_of.py"],
    ["tests/told"],
)
ALWAYS = "tests/test_architecture.py"


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("docs/style.md", []),
        ("README.md", []),
        ("docs/api.md", ["tests/api"]),
        ("api/v1/calls.py", ["tests/api", "tests/browser/test_unheard_of.py", "tests/told"]),
        (
            "campaigns/models/campaign.py",
            [
                "tests/api",
                "tests/browser/test_campaigns.py",
                "tests/browser/test_customer_facing.py",
                "tests/browser/test_unheard_of.py",
                "tests/campaigns",
                "tests/portal",
                "tests/told",
            ],
        ),
        (
            "templates/portal/page.html",
            ["tests/browser/test_customer_facing.py", "tests/browser/test_unheard_of.py", "tests/portal", "tests/told"],
        ),
        ("templates/account/login.html", ["tests/browser", "tests/staff"]),
        ("static/js/behaviours/menu.js", ["tests/browser", "tests/crm"]),
        ("tests/sales/test_recording.py", ["tests/sales"]),
        ("tests/browser/test_face.py", ["tests/browser/test_face.py"]),
        ("tests/browser/looking.py", ["tests/browser"]),
        ("tests/told/calls.py", ["tests/told"]),
        ("tests/walk/stage.py", ["tests/walk"]),
    ],
)
def test_a_changed_file_asks_for_its_room_and_those_above(path, asked):
    assert changed.choose([path], HOUSE) == sorted([*asked, ALWAYS])


@pytest.mark.parametrize(
    "path",
    [
        "crm/events/__init__.py",
        "templates/ui/button.html",
        "templates/shell.html",
        "tests/make.py",
        "tests/crm/clock.py",
        "pyproject.toml",
        "requirements.lock",
        "bin/test",
        "manage.py",
        "a_new_folder/x.py",
    ],
)
def test_what_is_under_all_rooms_asks_for_all_tests(path):
    assert changed.choose(["docs/style.md", path], HOUSE) == ["tests"]


def test_files_that_tests_of_a_room_share_ask_for_the_rooms_above_too():
    assert "tests/campaigns" in changed.choose(["tests/interactions/postman.py"], HOUSE)


def test_a_file_is_not_asked_beside_its_whole_folder():
    asked = changed.choose(["portal/views.py", "static/css/src/app.css"], HOUSE)
    assert asked == sorted(["tests/browser", "tests/crm", "tests/portal", "tests/told", ALWAYS])


def test_nothing_changed_asks_for_the_architecture_only():
    assert changed.choose([], HOUSE) == [ALWAYS]


def test_the_house_is_this_one():
    here = changed.house()
    assert here.floors[0] == ["crm"] and here.floors[-1] == ["portal", "api"]
    assert {"tests/told", "tests/test_changed.py"} <= set(here.of_no_room)
    assert not {"tests/crm", "tests/browser", "tests/walk"} & set(here.of_no_room)


def test_each_browser_test_says_whose_pages_it_opens():
    files = {file.name for file in Path(__file__).with_name("browser").glob("test_*.py")}
    rooms = {room for floor in changed.floors_of_the_house() for room in floor}
    assert set(changed.BROWSER) == files
    assert set(changed.BROWSER.values()) <= rooms


def test_changes_are_found_whether_committed_or_new_or_moved(tmp_path, monkeypatch):
    monkeypatch.setattr(changed, "ROOT", tmp_path)

    def git(*words):
        who = ["-c", "user.name=Anna", "-c", "user.email=anna@example.com"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--initial-branch=main")
    for name in ("kept", "changed", "moved", "committed"):
        (tmp_path / name).write_text(name * 20)
    git("add", ".")
    git("commit", "-m", "Begin.")
    git("checkout", "-b", "branch")
    (tmp_path / "committed").write_text("otherwise")
    git("commit", "-am", "Change one.")
    git("checkout", "main")
    (tmp_path / "somebody_else's").write_text("not ours")
    git("add", ".")
    git("commit", "-m", "Somebody else's.")
    git("checkout", "branch")
    (tmp_path / "changed").write_text("otherwise")
    git("mv", "moved", "away")
    (tmp_path / "new").write_text("not added yet")
    assert changed.changed_files() == ("main", ["away", "changed", "committed", "moved", "new"])
