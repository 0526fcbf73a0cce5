"""The IMAP server of the development mailbox: serves what came to our own addresses, as a hosted mailbox would.

DEVMAIL_PASSWORD=… python -m crm.devmail.imap var/mail --port 1143     (user: filo)
"""

import argparse
import os
import sys
from pathlib import Path

from passlib.hash import pbkdf2_sha256
from pymap.main import main as pymap

from crm.devmail.boxes import OURS, open_box

USER = "filo"


def let_in(box: Path, password: str) -> None:
    """Write pymap's two files: who there is, and the hash of their password. UIDs of older mail stay as they are."""
    open_box(box, OURS)
    _write(box / "pymap-etc-passwd", f"{USER}::::{USER}:{OURS}:\r\n")
    _write(box / "pymap-etc-shadow", f"{USER}:{pbkdf2_sha256.using(rounds=1000).hash(password)}:::::::\r\n")


def _write(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("box", type=Path)
    asked.add_argument("--host", default="127.0.0.1")
    asked.add_argument("--port", default="1143")
    chosen = asked.parse_args()
    let_in(chosen.box, os.environ["DEVMAIL_PASSWORD"])
    services = ["--no-service", "managesieve", "--no-service", "admin"]
    sys.argv = [
        "pymap",
        "--host",
        chosen.host,
        "--port",
        chosen.port,
        "--no-tls",
        *services,
        "maildir",
        str(chosen.box),
    ]
    pymap()


if __name__ == "__main__":
    main()
