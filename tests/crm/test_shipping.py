"""What a machine without Docker can say of the compose file, the image and the settings: they fit together."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from crm.running import processes

ROOT = Path(settings.BASE_DIR)


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def options_of(command):
    """The words of a command without its Python, ports, folders and counts."""
    words = [word for word in command[1:] if not re.fullmatch(r"[\d.]+|/.*|", word)]
    return [word for word in words if word not in ("--concurrency", "-W", processes.QUIET[1])]


def test_every_part_is_there(services):
    assert set(services) == {"postgres", "valkey", "prepare", "web", "worker", "quick", "personal"} | {
        "clock", "mail", "imap",
    }  # fmt: skip


def test_compose_starts_the_processes_that_up_starts(services):
    mail, imap = processes.mailbox(Path("/filo/var/mail"), 2525, 1143)
    workers = (processes.worker(), processes.quick(), processes.personal())
    for process in (*workers, processes.clock(), mail, imap):
        command = ["python", *services[process.name]["command"][1:]]
        assert options_of(command) == options_of(process.command), process.name


def test_the_image_serves_as_up_does():
    command = re.search(r"^CMD (\[.*?\])$", (ROOT / "Dockerfile").read_text().replace("\\\n", ""), re.M | re.S).group(1)
    assert options_of(json.loads(command)) == options_of(processes.web("0.0.0.0", 8000).command)


def test_health_is_asked_where_the_web_server_answers(services, client, db):
    assert "/readyz" in services["web"]["healthcheck"]["test"][-1]
    assert client.get("/readyz").content == b"ok\n"
    assert client.get("/healthz").content == b"ok\n"


def test_the_database_keeps_its_volume_where_version_18_writes(services):
    assert services["postgres"]["image"] == "postgres:18"
    assert services["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


def test_the_development_mailbox_is_only_for_trying(services):
    assert services["mail"]["profiles"] == services["imap"]["profiles"] == ["try"]


def test_the_example_names_every_demand_of_production():
    named = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    demanded = set(re.findall(r'_named\("(\w+)"', (ROOT / "crm/checks.py").read_text())) | {"SECRET_KEY"}
    assert demanded <= named
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"(\w+)"', (ROOT / "crm/settings.py").read_text()))
    compose_only = {"POSTGRES_PASSWORD", "DEVMAIL_PASSWORD"}
    folders = [path.name.upper() for path in (ROOT / "interactions/channels").iterdir() if path.is_dir()]
    of_channels = {name for name in named if name.startswith(tuple(f"CHANNEL_{folder}_" for folder in folders))}
    assert named - compose_only - of_channels <= read


def test_what_is_left_out_follows_from_our_own_address_and_domain(tmp_path):
    ours = {"FILO_MODE": "test", "FILO_VAR": str(tmp_path), "PUBLIC_URL": "https://crm.filanda.example"}
    ours |= {"MAIL_DOMAIN": "filanda.example"}
    words = "from crm import settings as s; print(s.DEFAULT_FROM_EMAIL, s.CSRF_TRUSTED_ORIGINS)"
    said = subprocess.check_output([sys.executable, "-c", words], cwd=ROOT, env={**os.environ, **ours}, text=True)
    assert said.strip() == "Filo <filo@filanda.example> ['https://crm.filanda.example']"


@pytest.mark.long
@pytest.mark.parametrize(("secret", "starts"), [("", False), ("k" * 50, True)])
def test_the_web_server_refuses_an_incomplete_production(secret, starts, tmp_path):
    complete = {
        "FILO_MODE": "production",
        "FILO_VAR": str(tmp_path),
        "SECRET_KEY": secret,
        "ALLOWED_HOSTS": "crm.example.com",
        "PUBLIC_URL": "https://crm.example.com",
        "EMAIL_URL": "smtp://mail.example.com:25",
        "HOOK_SECRET": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0",
        "MAIL_DOMAIN": "crm.example.com",
    }
    tried = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "import crm.wsgi"],
        cwd=ROOT,
        env={**os.environ, **complete},
        capture_output=True,
        text=True,
    )
    assert (tried.returncode == 0) == starts, tried.stderr
    assert starts or "SECRET_KEY is missing" in tried.stderr
