from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import AppConfig

from interactions import channels


class InteractionsConfig(AppConfig):
    name = "interactions"

    def ready(self) -> None:
        """Find what each folder of channels/ registers: its carrier, its hooks, its checks."""
        for folder in iter_modules(channels.__path__, f"{channels.__name__}."):
            if folder.ispkg and find_spec(f"{folder.name}.contributions"):
                import_module(f"{folder.name}.contributions")
