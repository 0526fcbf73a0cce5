"""A second database beside that of the tests, for what fills one from nothing: a restored backup, an upgraded dump."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.db import connection

from crm.backups import Database


@contextmanager
def empty_database(name: str) -> Iterator[Database]:
    """Make an empty database and drop it at the end. The test commits: it uses `transactional_db`."""
    there = {**connection.settings_dict, "NAME": f"{connection.settings_dict['NAME']}_{name}"}
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{there["NAME"]}"')
        cursor.execute(f'CREATE DATABASE "{there["NAME"]}"')
    yield there
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{there["NAME"]}"')


def connect(database: Database) -> psycopg2.extensions.connection:
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    return psycopg2.connect(**{ours: database[theirs] for ours, theirs in names.items()})


def environment(database: Database) -> dict[str, str]:
    """Return that of a process of Filo's own that uses this database."""
    where = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return {**os.environ, "DATABASE_URL": f"postgres://{where}"}
