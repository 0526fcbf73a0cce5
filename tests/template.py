"""A database with all migrations run, kept between runs: a run copies it instead of making a cluster and migrating it.

It lies in pytest's own cache (ignored by git; `pytest --cache-clear` forgets it) under a hash of what it is made of.
Made beside its place and moved there when it is whole; one that is damaged or will not start is made anew.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path

import psycopg2

from crm.engines import EngineTrouble, binaries, children
from crm.engines.postgres import NAME, Postgres

ROOT = Path(__file__).resolve().parent.parent
SHELF = ROOT / ".pytest_cache" / "d" / "migrated"
DATABASE = "test_filo"  # used as it is in the copy
KEPT = 3  # of one's branches
MIGRATE = (sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity", "0")
BUILT_BY = ("requirements.lock", "crm/settings.py", "crm/engines/postgres.py", "tests/template.py")


def copy_into(home: Path, *, shelf: Path = SHELF) -> bool:
    """Put a migrated cluster into `home`, where Postgres(home, lasting=False) starts it; make the template if need be.

    Returns False, and puts nothing there, where none can be kept.
    """
    postgres = Postgres(home, lasting=False)
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        with _turn(shelf):
            template = shelf / hash_of_makings()
            if not is_whole(template):
                _make(template)
            os.utime(template)
            _copy(template, postgres)
            _forget_old(shelf)
    except (OSError, subprocess.SubprocessError, EngineTrouble) as error:
        print(f"The tests migrate a database of their own, none could be kept: {error}", file=sys.stderr)
        shutil.rmtree(postgres.data, ignore_errors=True)
        return False
    return True


def forget(shelf: Path = SHELF) -> None:
    """Let the next run make one: who does not trust the one that is there says --create-db."""
    if shelf.exists():
        with _turn(shelf):
            shutil.rmtree(shelf / hash_of_makings(), ignore_errors=True)


def hash_of_makings() -> str:
    """Return a name that is another one as soon as a migrated database would be another one."""
    folder = binaries.postgres_folder()
    programs = subprocess.run([folder / "postgres", "--version"], capture_output=True, check=True).stdout
    said = f"{folder} {children.postgres_rank()} {version('Django')} {version('django-allauth')}"
    makings = hashlib.sha256(programs + said.encode())
    for file in [*(ROOT / name for name in BUILT_BY), *_migrations()]:
        makings.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return makings.hexdigest()[:16]


def _migrations() -> list[Path]:
    return sorted(file for pattern in ("*/migrations/*.py", "*/*/migrations/*.py") for file in ROOT.glob(pattern))


def is_whole(template: Path) -> bool:
    """Say whether all files are there that were there when it was made, each as long as then."""
    noted = template / "files"
    return noted.exists() and noted.read_text() == _listed(template / "data")


def _listed(data: Path) -> str:
    return "".join(sorted(f"{file.relative_to(data)} {file.stat().st_size}\n" for file in data.rglob("*")))


def _make(template: Path) -> None:
    draft = template.with_suffix(".new")
    for old in (draft, template):
        if old.exists():
            shutil.rmtree(old)
    draft.mkdir()
    with tempfile.TemporaryDirectory(prefix="filo-template-") as home:  # where "nobody" may go
        postgres = Postgres(Path(home), lasting=False)
        try:
            _migrate(postgres.start())
        finally:
            postgres.stop(signal.SIGINT)  # all is written down then
        _clone(postgres.data, draft / "data")
        shutil.copy(postgres.password_file, draft)
        shutil.rmtree(postgres.data)  # that of "nobody" lies elsewhere
    (draft / "files").write_text(_listed(draft / "data"))
    draft.rename(template)


def _migrate(address: str) -> None:
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {DATABASE}")
    environment = os.environ | {"DATABASE_URL": address.removesuffix(NAME) + DATABASE, "FILO_MODE": "test"}
    subprocess.run(MIGRATE, cwd=ROOT, env=environment, check=True, capture_output=True)


def _copy(template: Path, postgres: Postgres) -> None:
    shutil.rmtree(postgres.data, ignore_errors=True)
    _clone(template / "data", postgres.data)
    shutil.copy(template / postgres.password_file.name, postgres.password_file)


def _clone(source: Path, target: Path) -> None:
    """Copy a folder with owners and rights; where the file system can, its blocks are shared until one writes."""
    reflink = ["--reflink=auto"] if sys.platform == "linux" else []
    subprocess.run(["cp", "-a", *reflink, source, target], check=True, capture_output=True)


def _forget_old(shelf: Path) -> None:
    kept = sorted((place for place in shelf.iterdir() if place.is_dir()), key=lambda place: place.stat().st_mtime)
    for old in kept[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _turn(shelf: Path) -> Iterator[None]:
    """Two runs that start at once: the second waits, then finds it made."""
    with (shelf / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
