"""One run of Filo, from the engines to the address on the screen, and back."""

import os
import secrets
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from crm import engines
from crm.engines import EngineTrouble
from crm.engines.postgres import free_port
from crm.running import place, prepared, preparing, processes
from crm.running.build import build
from crm.running.output import Output
from crm.running.supervising import Supervisor

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 180  # for the web server's first answer; on a busy machine six processes start at once
TICK_SECONDS = 0.25
SIGN_INS = "sign-ins.txt"


@dataclass(frozen=True)
class Plan:
    """What to run: where the data is, the mode (demo or production), and what the caller chose."""

    var: Path
    mode: str
    port: int | None = None
    host: str = "127.0.0.1"
    has_mailbox: bool = True
    says_everything: bool = False


class Runner:
    """Starts everything in order and keeps it running until it is told to stop."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.output = Output(plan.var / "log", everything=plan.says_everything)
        self.engines: engines.Engines | None = None
        self.supervisor: Supervisor | None = None

    def start(self) -> str:
        """Start all; return the address. Raises EngineTrouble with words for the person at the terminal."""
        started = time.monotonic()
        port = place.choose_port(self.plan.var, wanted=self.plan.port)
        address = f"http://localhost:{port}"
        self.engines = engines.start(self.plan.var / "engines")
        _build()
        env = {**os.environ, "PUBLIC_URL": os.environ.get("PUBLIC_URL", address), **self.engines.addresses}
        env |= {"FILO_MODE": self.plan.mode, "FILO_VAR": str(self.plan.var), "PYTHONUNBUFFERED": "1"}
        self.supervisor = Supervisor(self.output, env)
        if self.plan.has_mailbox:
            env |= self._start_mailbox()
        noted = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "IMAP_URL", "PUBLIC_URL", "FILO_MODE")
        engines.remember(self.plan.var, {name: env[name] for name in noted if name in env})
        if not prepared.is_so(env):
            self._prepare(env)
            prepared.note(env)
        self.supervisor.start(processes.web(self.plan.host, port))
        self._wait_for(f"http://127.0.0.1:{port}/readyz")
        # After the page: on two cores they would delay it.
        for process in (processes.personal(), processes.quick(), processes.worker(), processes.clock()):
            self.supervisor.start(process)
        self.output.say("filo", f"ready in {time.monotonic() - started:.1f} s")
        return address

    def tend(self) -> None:
        """Keep it running; returns only by an exception (Stop, or EngineTrouble when an engine cannot go on)."""
        assert self.engines and self.supervisor
        while True:
            time.sleep(TICK_SECONDS)
            if name := self.engines.revive():
                self.output.say("filo", f"{name} had ended; it runs again.")
            self.supervisor.tend()

    def sign_ins(self) -> list[str]:
        """Return the lines that `prepare` wrote about who may sign in to the demo company."""
        written = self.plan.var / SIGN_INS
        return written.read_text().splitlines() if written.exists() else []

    def stop(self) -> None:
        """Stop what was started, in the opposite order."""
        if self.supervisor:
            self.supervisor.stop()
        if self.engines:
            self.engines.stop()
        engines.forget(self.plan.var)

    def _start_mailbox(self) -> dict[str, str]:
        """Start the development mailbox and return where it is; a mail server of the environment's own stays."""
        assert self.supervisor
        box = self.plan.var / "mail"
        box.mkdir(exist_ok=True)
        smtp, imap = free_port(), free_port()
        password = secrets.token_urlsafe(18)
        self.supervisor.env["DEVMAIL_PASSWORD"] = password
        for process in processes.mailbox(box, smtp, imap):
            self.supervisor.start(process)
        found = {"EMAIL_URL": f"smtp://127.0.0.1:{smtp}", "IMAP_URL": f"imap://filo:{password}@127.0.0.1:{imap}"}
        return {name: os.environ.get(name) or address for name, address in found.items()}

    def _prepare(self, env: dict[str, str]) -> None:
        self.output.say("filo", "preparing the database …")
        preparing.prepare(env, var=self.plan.var, tell=lambda line: self.output.say("filo", line))

    def _wait_for(self, url: str) -> None:
        """Return when the web server answers and finds its database."""
        assert self.supervisor
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(url, timeout=5):  # nosec B310  # our own address
                    return
            except (urllib.error.URLError, OSError):
                self.supervisor.tend()
                time.sleep(0.05)
        raise EngineTrouble(f"The web server does not answer. Its words are in {self.output.folder / 'web.log'}")


def _build() -> None:
    try:
        build()
    except RuntimeError as error:
        raise EngineTrouble(str(error)) from error
