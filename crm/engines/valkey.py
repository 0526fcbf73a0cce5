"""An embedded Valkey: the broker and, in another database number, the cache."""

import os
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path

from crm.engines import binaries, children
from crm.engines.postgres import free_port
from crm.engines.whereabouts import EngineTrouble

PATIENCE_SECONDS = 20


class Valkey:
    """One server in one folder, on 127.0.0.1, with a password."""

    def __init__(self, home: Path, *, lasting: bool = True) -> None:
        """home: an existing folder. lasting: write changes down each minute (rows carry the state, so that will do)."""
        self.home = home
        self.lasting = lasting
        self.log = home / "valkey.log"
        self.child: subprocess.Popen[bytes] | None = None
        self.password = secrets.token_urlsafe(24)
        self.port = 0  # chosen by the first start, kept by the next

    def start(self) -> str:
        """Start it and return its URL, database 0. Raises EngineTrouble."""
        self.port = self.port or free_port()
        configuration = self._configure()
        with self.log.open("ab") as log:
            self.child = children.spawn([binaries.valkey_server(), configuration], output=log)
        url = f"redis://:{self.password}@127.0.0.1:{self.port}/0"
        self._wait()
        return url

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.child:
            children.stop_group(self.child, how)

    def _configure(self) -> Path:
        """Write its settings to a file: on a command line every user could read the password."""
        (self.home / "valkey").mkdir(exist_ok=True)
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{self.home / "valkey"}"',
            "maxmemory-policy noeviction",  # a broker must not forget jobs
            "save 60 1" if self.lasting else 'save ""',
        ]
        target = self.home / "valkey.conf"
        target.touch(mode=0o600)
        os.chmod(target, 0o600)
        target.write_text("\n".join(lines) + "\n")
        return target

    def _wait(self) -> None:
        """Return when it answers. Raises EngineTrouble with its own words."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            ended = self.child is not None and self.child.poll() is not None
            if ended or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace")[-1500:]
                raise EngineTrouble(f"Valkey did not start. It said:\n{said}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        """Ask it by hand: the client library takes longer to import than the server to start."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
                line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                with line.makefile("rb") as answers:
                    return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False
