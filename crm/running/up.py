"""`manage.py up`, which is what bin/run ends in: run Filo until Ctrl-C, without waking Django in this process."""

import argparse
import errno
import os
import sys

from crm.engines import EngineTrouble
from crm.engines.whereabouts import disk_is_full, var_folder
from crm.running import place, stopping
from crm.running.runner import Plan, Runner

DESCRIPTION = (
    "Run all of Filo until Ctrl-C. DATABASE_URL and REDIS_URL name engines of your own; else embedded ones start."
)


def main(arguments: list[str]) -> int:
    """Run it and return its exit status."""
    stopping.listen()
    try:
        plan = _plan(_parser().parse_args(arguments))
        _demand_engines(plan)
        _run(plan)
    except EngineTrouble as trouble:
        return _say(trouble)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return _say(disk_is_full(plan.var))
    except stopping.Stop:
        pass
    return 0


def _say(trouble: EngineTrouble) -> int:
    print(f"Filo: {trouble}", file=sys.stderr, flush=True)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="manage.py up", description=DESCRIPTION)
    parser.add_argument("--port", type=int, default=_number(os.environ.get("PORT")), help="of the web server")
    parser.add_argument("--host", default=os.environ.get("FILO_HOST", "127.0.0.1"), help="that it listens on")
    parser.add_argument("--verbose", action="store_true", help="show routine log lines too")
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    mode = os.environ.get("FILO_MODE") or "production"
    return Plan(
        var=var_folder(),
        mode=mode,
        port=options.port,
        host=options.host,
        has_mailbox=mode != "production",
        says_everything=options.verbose,
    )


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
        lines += [f"  {line}" for line in runner.sign_ins()]
        lines += [f"  mails to customers arrive at {address}/devmail/"]
    for line in [*lines, "Ctrl-C stops it.", ""]:
        runner.output.say("filo", line)


def _demand_engines(plan: Plan) -> None:
    """In production an embedded database must have been asked for by name."""
    allowed = os.environ.get("FILO_EMBEDDED_DATABASE", "").lower() in ("1", "true", "yes", "on", "y", "ok")
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if plan.mode == "production" and missing and not allowed:
        raise EngineTrouble(
            f"Production needs {' and '.join(missing)}. For the embedded engines say FILO_EMBEDDED_DATABASE=1; "
            "to try Filo out, use bin/run."
        )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
