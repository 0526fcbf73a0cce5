"""Run Filo: engines, web server, workers, clock and, for development, a mailbox; until Ctrl-C."""

import os
import sys

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from crm import demo
from crm.engines import EngineTrouble
from crm.running import place, stopping
from crm.running.runner import Plan, Runner


class Command(BaseCommand):
    help = (
        "Run all of Filo until Ctrl-C. DATABASE_URL and REDIS_URL name engines of your own; else embedded ones start."
    )
    requires_system_checks = []  # the processes check themselves; here there is no database yet

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=_number(os.environ.get("PORT")), help="of the web server")
        parser.add_argument("--host", default=os.environ.get("FILO_HOST", "127.0.0.1"), help="that it listens on")
        parser.add_argument("--verbose", action="store_true", help="show routine log lines too")

    def handle(self, *args, **options):
        stopping.listen()
        plan = Plan(
            var=settings.VAR.absolute(),
            mode=settings.FILO_MODE,
            port=options["port"],
            host=options["host"],
            has_mailbox=not settings.PRODUCTION,
            says_everything=options["verbose"],
        )
        try:
            _demand_engines()
            _run(plan)
        except EngineTrouble as trouble:
            raise CommandError(str(trouble)) from None
        except stopping.Stop:
            pass
        sys.stderr.flush()


def _run(plan: Plan) -> None:
    holder = place.occupy(plan.var)
    runner = Runner(plan)
    try:
        address = runner.start()
        _greet(runner, address)
        runner.tend()
    except stopping.Stop:
        runner.output.say("filo", "stopping …")
    finally:
        runner.stop()
        runner.output.say("filo", "stopped.")
        holder.close()


def _greet(runner: Runner, address: str) -> None:
    lines = ["", f"Filo runs at {address}"]
    if runner.plan.mode == "demo":
        lines += [f"  sign in as {email:34} password {password}   ({role})" for email, password, role in demo.SIGN_INS]
        lines += [f"  mails to customers arrive at {address}/devmail/"]
    for line in [*lines, "Ctrl-C stops it.", ""]:
        runner.output.say("filo", line)


def _demand_engines() -> None:
    """In production an embedded database must have been asked for by name."""
    if settings.PRODUCTION and not settings.FILO_EMBEDDED_DATABASE:
        missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
        if missing:
            raise EngineTrouble(
                f"Production needs {' and '.join(missing)}. For the embedded engines say FILO_EMBEDDED_DATABASE=1; "
                "to try Filo out, use bin/run."
            )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
