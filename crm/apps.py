from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.utils.module_loading import autodiscover_modules


class CrmConfig(AppConfig):
    name = "crm"

    def ready(self) -> None:
        autodiscover_modules("checks", "contributions")


class StaticConfig(StaticFilesConfig):
    """Static files without the sources of the style sheet, which no browser asks for."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "css/src/*"]
