from importlib import import_module

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.utils.module_loading import autodiscover_modules

from crm.celery import app as celery_app

__all__ = ["CrmConfig", "StaticConfig", "celery_app"]  # every job belongs to it, so it is there before the first one


class CrmConfig(AppConfig):
    name = "crm"

    def ready(self) -> None:
        autodiscover_modules("checks", "contributions")
        import_module("crm.failing_jobs")  # it needs models


class StaticConfig(StaticFilesConfig):
    """Static files without what no page asks for: our CSS sources, and htmx extensions, whose hashing fails."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "css/src/*", "django_htmx/ext/*"]
