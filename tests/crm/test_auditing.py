"""What is known against our libraries turns the check red; a database that cannot be asked is said loudly."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crm.engines.postgres import free_port
from tests.auditing import audit

pytestmark = pytest.mark.long  # each asks a program that takes a second to start
KNOWN = {
    "id": "PYSEC-2024-60",
    "schema_version": "1.6.0",
    "summary": "A long name takes for ever.",
    "affected": [
        {
            "package": {"name": "idna", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.7"}]}],
        }
    ],
}


@pytest.fixture
def lock(tmp_path) -> Path:
    """A lock of two libraries, one of them for a system that is not here."""
    file = tmp_path / "some.lock"
    file.write_text(
        f"idna==3.6 \\\n    --hash=sha256:{'0' * 64}\n"
        f"pywin32==306 ; sys_platform == 'win32' \\\n    --hash=sha256:{'1' * 64}\n"
    )
    return file


@pytest.fixture
def database():
    """A database that knows a vulnerability of idna before 3.7; `.asked` tells of which libraries it was asked."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.server.asked.append(f"{asked['package']['name']} {asked['version']}")
            known = asked["package"]["name"] == "idna" and asked["version"] == "3.6"
            body = json.dumps({"vulns": [KNOWN]} if known else {}).encode()
            self.send_response(self.server.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.asked, server.status = [], 200
    server.url = f"http://127.0.0.1:{server.server_port}/v1/query"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_known_vulnerability_is_red_and_told_with_its_mend(lock, database, capsys):
    assert audit(lock, database.url) == 1
    said = capsys.readouterr().out
    assert "idna 3.6: PYSEC-2024-60 (mended in: 3.7) A long name takes for ever." in said


def test_a_lock_without_one_is_green_and_its_libraries_are_counted(lock, database, capsys):
    lock.write_text(lock.read_text().replace("3.6", "3.10"))
    assert audit(lock, database.url) == 0
    assert "some.lock: 1 libraries audited, 0 vulnerabilities known." in capsys.readouterr().out
    assert database.asked == ["idna 3.10"]


@pytest.mark.parametrize("answers", ["not at all", "with an error of its own"])
def test_a_database_out_of_reach_is_loud_not_red(lock, database, capsys, answers):
    database.status = 503
    url = database.url if answers == "with an error of its own" else f"http://127.0.0.1:{free_port()}/v1/query"
    assert audit(lock, url) == 0
    assert "!!! some.lock: NOTHING WAS AUDITED" in capsys.readouterr().out


def test_a_lock_that_cannot_be_read_is_red(lock, database):
    lock.write_text("idna==3.6\n")  # no hash
    assert audit(lock, database.url) == 1
