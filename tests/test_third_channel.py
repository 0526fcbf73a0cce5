"""A channel is one line and one folder: in a copy of the tree nothing else is added, and everything knows it."""

import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from crm.events.catalogue import KINDS
from interactions.carriers import Carrier
from tests import plugin, template

LINE = 'channel("pager", "Pager", "bell-ring", spoken_over="phone", asks_consent=True, is_written=True)\n'
FOLDER = "interactions/channels/pager"


def test_the_page_on_adding_one_tells_the_whole_contract_and_nothing_that_is_not_there():
    page = (template.ROOT / "docs/channels.md").read_text()
    contract = {*vars(Carrier), *Carrier.__annotations__}
    assert {name for name in contract if name[0] != "_" and f"`{name}`" not in page} == set()
    functions = {name for name in re.findall(r"`@?([a-z_]+\.[A-Za-z_]+)", page) if not name.endswith((".py", ".toml"))}
    assert len(functions) > 30 and {name for name in functions if not _is_there(name)} == set()


def _is_there(name: str) -> bool:
    """Tell whether it is a fact, or stands in a module of a room."""
    module, _dot, attribute = name.partition(".")
    paths = [path for room in ("interactions", "customers", "crm") if find_spec(path := f"{room}.{module}")]
    return name in KINDS or any(hasattr(import_module(path), attribute) for path in paths)


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
