"""What the benchmarks of the web stand on: engines of their own, a filled base, the real web server, one connection.

Everything is made in a temporary folder and taken away afterwards; with `--base FOLDER` the filled base stays there for
the next benchmark, which begins at once.
"""

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from crm.engines import start
from crm.running import processes

WARM = 20  # requests before anything is measured
TICKS = os.sysconf("SC_CLK_TCK")  # a second, in /proc/PID/stat


def asked(description: str, rounds: int) -> argparse.ArgumentParser:
    """Return the options that every benchmark of the web takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--customers", type=int, default=10_000, help="how large the base is")
    parser.add_argument("--rounds", type=int, default=rounds, help="measured requests of each kind")
    parser.add_argument("--base", type=Path, help="a folder that keeps the filled base for the next benchmark")
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    return parser


def tell(
    options: argparse.Namespace, name: str, figures: dict, ratios: dict, floor: str, *, n: int = 0, of: str = ""
) -> None:
    """Print the table, or with --json one object. n, of: how many of what, where it is not customers and requests."""
    size = f"{n:,} {of}" if of else f"{options.customers:,} customers, {options.rounds} requests each"
    if options.json:
        rounded = {key: round(value, 3) for key, value in ratios.items()}
        print(json.dumps({"name": name, "n": n or options.customers, "figures": figures, "ratios": rounded}))
        return
    print(f"\n{name}, {size}\nFloor: {floor}\n")
    for key, value in figures.items():
        print(f"  {key:<52}{value:>10,.2f}")
    print()
    for key, value in ratios.items():
        print(f"  {key:<52}{value:>10.2f}")


@contextmanager
def base(options: argparse.Namespace) -> Iterator[Path]:
    """Start engines, fill the base unless that was done before, and give its folder; Django is set up inside."""
    with tempfile.TemporaryDirectory(prefix="filo-bench-", ignore_cleanup_errors=True) as temporary:
        home = (options.base or Path(temporary)).absolute()
        home.mkdir(parents=True, exist_ok=True)
        os.environ.pop("DATABASE_URL", None)
        os.environ.pop("REDIS_URL", None)
        engines = start(home / "engines")
        try:
            os.environ.update(engines.addresses, FILO_VAR=str(home), FILO_MODE="demo")
            os.environ["DJANGO_SETTINGS_MODULE"] = "bench._settings"
            django.setup()
            _fill(home, options.customers)
            yield home
            connection.close()
        finally:
            engines.stop(at_once=not options.base)


def _fill(home: Path, customers: int) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    done = home / "filled"
    if done.exists():
        if int(done.read_text()) != customers:
            sys.exit(f"{home} holds {done.read_text()} customers: take another folder.")
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    begun = time.monotonic()
    call_command("demo", customers=customers, stdout=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    seconds = time.monotonic() - begun
    print(f"{customers:,} customers in {seconds:.0f} s, {customers / seconds:,.0f} a second", file=sys.stderr)
    done.write_text(str(customers))


def rows(sql: str, *values: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def server(home: Path) -> Iterator["Server"]:
    """Run the web server as `bin/run` does, on a free port, and nothing else that would use the machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    rows("ALTER SYSTEM SET autovacuum = off")
    rows("SELECT pg_reload_conf()")
    with (home / "web.log").open("wb") as log:
        command = processes.web("127.0.0.1", port).command
        child = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            yield Server(port, child.pid)
        finally:
            child.terminate()
            child.wait(timeout=20)
            rows("ALTER SYSTEM RESET autovacuum")


class Server:
    """One kept HTTP connection to the web server, and the CPU of it and of its database."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookie = ""
        for _ in range(1_200):  # two minutes: the machine may be busy
            try:
                if self.ask("GET", "/healthz")[0] == 200:
                    break
            except OSError:
                self.line.close()
            time.sleep(0.1)
        else:
            sys.exit("The web server does not start: see web.log.")
        self.line.connect()
        self.line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def sign_in(self, email: str) -> Any:
        """Sign a colleague in; return them."""
        user = apps.get_model("staff.User").objects.get(email=email)
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session.update(
            {
                "_auth_user_id": str(user.pk),
                "_auth_user_backend": settings.AUTHENTICATION_BACKENDS[0],
                "_auth_user_hash": user.get_session_auth_hash(),
            }
        )
        session.create()
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
        return user

    def ask(self, method: str, path: str, *, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Send one request and read the whole answer."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie and not path.startswith(("/hooks/", "/api/")):  # machines bring no session along
            given["Cookie"] = self.cookie
        self.line.request(method, path, body=body, headers=given)
        answer = self.line.getresponse()
        return answer.status, answer.read()

    def get(self, path: str, **headers: str) -> bytes:
        status, body = self.ask("GET", path, **headers)
        if status != 200:
            sys.exit(f"{path} answers {status}: {body[:300]!r}")
        return body

    def cpu(self) -> tuple[float, float]:
        """Return the CPU seconds, user and system, of the web workers and of PostgreSQL with its parallel workers."""
        postmaster = int((Path(rows("SHOW data_directory")[0][0]) / "postmaster.pid").read_text().split()[0])
        mine = rows("SELECT pg_backend_pid()")[0][0]
        backends = rows("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> %s", mine)
        ended = sum(map(int, _stat(postmaster)[13:15])) / TICKS  # its parallel workers that ended
        return ran([self.pid, *_children(self.pid)]), ran([pid for (pid,) in backends]) + ended


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name: [11:13] user and system ticks, [13:15] of ended children."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _children(pid: int) -> list[int]:
    found = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [deeper for one in found for deeper in _children(one)]


def ran(pids: list[int]) -> float:
    """Return for how many seconds all threads of these processes ran, to the nanosecond."""
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
