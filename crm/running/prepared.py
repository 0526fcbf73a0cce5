"""Whether the database is already what this code prepares: then a start need not wake Django for it.

After `manage.py prepare` the database itself notes what it was prepared for: the code, and the migrations it has. A
restored or an emptied database has no such note, so it is prepared again.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parents[2]
NOTED = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
STATE = "SELECT count(*) || ' ' || max(id) FROM django_migrations"
FORGET = "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS NULL', current_database()); END $$"
NOTE = "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %%I IS %%L', current_database(), %s); END $$"


def is_so(env: dict[str, str]) -> bool:
    """Say whether nothing is to be prepared. env: that of the processes. Any doubt is a no; production is one."""
    var = Path(env["FILO_VAR"])
    files = Path(env.get("STATIC_ROOT") or var / "static") / ".stamp"
    is_begun = any((var / name).exists() for name in ("demo-unfinished", "restore-unfinished"))
    if env["FILO_MODE"] == "production" or not files.exists() or is_begun:
        return False
    try:
        with closing(psycopg2.connect(env["DATABASE_URL"])) as connection, connection.cursor() as cursor:
            cursor.execute(NOTED)
            noted = cursor.fetchone()
            return noted is not None and noted[0] == _now(cursor, env)
    except psycopg2.Error:  # no such table yet; an address that only Django can read
        return False


def note(env: dict[str, str]) -> None:
    """Note that the database is prepared. One that we may not comment on is simply prepared at each start."""
    try:
        with closing(psycopg2.connect(env["DATABASE_URL"])) as connection, connection.cursor() as cursor:
            cursor.execute(NOTE, [_now(cursor, env)])
            connection.commit()
    except psycopg2.Error:
        pass


def _now(cursor: "psycopg2.extensions.cursor", env: dict[str, str]) -> str:
    cursor.execute(STATE)
    return f"prepared {env['FILO_MODE']} {_fingerprint()} {cursor.fetchone()[0]}"


def _fingerprint() -> str:
    """Return a hash of names, sizes and times of all sources."""
    seen = hashlib.sha256(f"{ROOT} {sys.version}".encode())
    for file in sorted(_sources()):
        state = os.stat(file)
        seen.update(f"{file} {state.st_size} {state.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def _sources() -> Iterator[str]:
    """Yield the code of the rooms, what static files are made of, and which libraries are installed."""
    yield str(ROOT / "requirements.lock")
    rooms = [str(folder.parent) for folder in ROOT.glob("*/apps.py")]
    for top in [*rooms, str(ROOT / "static")]:
        for folder, _folders, files in os.walk(top):
            yield from (f"{folder}/{file}" for file in files if not file.endswith(".pyc"))
