"""PostgreSQL and Valkey from wheels, for whoever has not installed them.

Importable without Django: settings ask `addresses()`; `up`, the tests and the benchmarks `start()` engines; every other
command only reads where they are.
"""

from crm.engines.running import Engines, start
from crm.engines.whereabouts import EngineTrouble, addresses, forget, remember

__all__ = ["EngineTrouble", "Engines", "addresses", "forget", "remember", "start"]
