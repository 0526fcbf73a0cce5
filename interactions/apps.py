from importlib import import_module

from django.apps import AppConfig

from interactions import channels


class InteractionsConfig(AppConfig):
    name = "interactions"

    def ready(self) -> None:
        """Find what each folder of channels/ registers: its carrier, its hooks, its checks."""
        for name in channels.found("contributions"):
            import_module(name)
