"""The project: settings, wiring by name, and the spine that every room uses. Imports no room."""

from crm.celery import app as celery_app

__all__ = ["celery_app"]
