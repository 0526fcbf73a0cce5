"""Starts the engines that nobody gave an address for, and stops them again."""

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

from crm.engines import children
from crm.engines.postgres import Postgres
from crm.engines.valkey import Valkey
from crm.engines.whereabouts import EngineTrouble


@dataclass
class Engines:
    """The engines of one run: their addresses, and the children behind those that we started."""

    addresses: dict[str, str]
    postgres: Postgres | None = None
    valkey: Valkey | None = None
    stopped: bool = field(default=False, init=False)

    def revive(self) -> str | None:
        """Start an engine that ended by itself again, at its old address; return its name, None if all live.

        Raises EngineTrouble if it does not start.
        """
        for name, engine in (("postgres", self.postgres), ("valkey", self.valkey)):
            if engine and engine.child and engine.child.poll() is not None:
                children.kill_group(engine.child)
                engine.start()
                return name
        return None

    def stop(self, *, at_once: bool = False) -> None:
        """Stop what we started. at_once: without writing anything down, for tests."""
        if self.stopped:
            return
        self.stopped = True
        if self.valkey:
            self.valkey.stop(signal.SIGKILL if at_once else signal.SIGTERM)
        if self.postgres:
            self.postgres.stop(signal.SIGQUIT if at_once else signal.SIGINT)


def start(home: Path, *, lasting: bool = True) -> Engines:
    """Start each engine that the environment names no address for.

    home: the folder for their files; made if it is missing. lasting: False for tests, where speed beats durability.
    Raises EngineTrouble; nothing is left running then.
    """
    engines = Engines({name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)})
    try:
        home.mkdir(parents=True, exist_ok=True)
        if "REDIS_URL" not in engines.addresses:
            engines.valkey = Valkey(home, lasting=lasting)
            engines.addresses["REDIS_URL"] = engines.valkey.start()
        if "DATABASE_URL" not in engines.addresses:
            engines.postgres = Postgres(home, lasting=lasting)
            engines.addresses["DATABASE_URL"] = engines.postgres.start()
    except OSError as error:
        engines.stop(at_once=True)
        raise EngineTrouble(f"The engines could not start in {home}: {error.strerror or error}.") from error
    except BaseException:
        engines.stop(at_once=True)
        raise
    return engines
