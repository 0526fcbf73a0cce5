"""This installation's var/ folder: one Filo at a time in it, and the port it had last time."""

import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from crm.engines import EngineTrouble

FIRST_PORT = 8000
PORTS_TRIED = 100


def occupy(var: Path) -> IO[str]:
    """Hold var/ until this process ends, however it ends; keep the returned file open.

    The lock is the kernel's, so one left by a killed Filo is free at once; the pid in it is for people.
    Raises EngineTrouble when another Filo runs from here, or when the folder cannot be written.
    """
    try:
        var.mkdir(parents=True, exist_ok=True)
        holder = (var / "filo.pid").open("a+")
    except OSError as error:
        raise EngineTrouble(f"{var} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder.seek(0)
        pid = holder.read().strip() or "?"
        raise EngineTrouble(
            f"Filo already runs from this folder (process {pid}). Stop it with Ctrl-C in its terminal, or: kill {pid}"
        ) from None
    holder.truncate(0)
    holder.write(f"{os.getpid()}\n")
    holder.flush()
    return holder


def choose_port(var: Path, *, wanted: int | None) -> int:
    """Return the port for the web server: the wanted one, else last time's, else the first free one from 8000.

    It is noted for the next start. Raises EngineTrouble when the wanted one is taken, or is none.
    """
    noted = var / "port"
    if wanted is not None:
        if not 1 <= wanted <= 65_535:
            raise EngineTrouble(f"There is no port {wanted}. Choose one from 1024 to 65535: bin/run --port 8123")
        if is_free(wanted):
            noted.write_text(str(wanted))  # links in mails lead here; the next start finds it again
            return wanted
        if wanted < 1024 and os.geteuid():
            raise EngineTrouble(f"Port {wanted} is for root alone. Choose one from 1024 to 65535: bin/run --port 8123")
        raise EngineTrouble(f"Port {wanted} is taken by another program. Stop that one, or choose: bin/run --port 8123")
    last = int(noted.read_text()) if noted.exists() and noted.read_text().strip().isdigit() else FIRST_PORT
    for port in (last, *range(FIRST_PORT, FIRST_PORT + PORTS_TRIED)):
        if is_free(port):
            noted.write_text(str(port))
            return port
    raise EngineTrouble(
        f"Ports {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED} are all taken. Choose another: bin/run --port N"
    )


def is_free(port: int) -> bool:
    """Say whether nobody listens on this port of the local machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a connection of the last run may linger
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    with socket.socket() as caller:  # a listener on all addresses may share the bind
        caller.settimeout(0.2)
        return caller.connect_ex(("127.0.0.1", port)) != 0
