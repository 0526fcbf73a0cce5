"""A channel is one line and one folder: in a copy of the tree nothing else is added, and everything knows it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import plugin, template

LINE = 'channel("pager", "Pager", "bell-ring", spoken_over="phone", asks_consent=True, is_written=True)\n'
FOLDER = "interactions/channels/pager"


@pytest.mark.long  # a test run within a test
def test_a_third_channel_is_one_line_and_one_folder(tmp_path):
    copy = tmp_path / "filo"
    for name in _tracked():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(template.ROOT / name, copy / name)
    with (copy / "customers/channels.py").open("a") as the_list:
        the_list.write(LINE)
    shutil.copytree(template.ROOT / "tests/third/pager", copy / FOLDER)
    shelf = copy / template.SHELF.relative_to(template.ROOT)
    shelf.parent.mkdir(parents=True)
    shelf.symlink_to(template.SHELF)  # the migrated database of this tree: it needs no other

    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=copy, capture_output=True, text=True
    )
    assert linted.returncode == 0, linted.stdout[-2000:]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/third/known_everywhere.py"],
        cwd=copy, env=plugin.outside() | {"FILO_MODE": "test"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout or "[100%]" in done.stdout


def _tracked() -> list[str]:
    """Return the files of this tree that git knows, new ones too; those that were removed are left out."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=template.ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [
        name for name in listed if os.path.isfile(template.ROOT / name) and not Path(template.ROOT / name).is_symlink()
    ]
