#!/usr/bin/env python
"""Django's command line: `python manage.py up` runs Filo, `python manage.py help` lists the rest."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from crm.engines.whereabouts import addresses

ASKED_BESIDE = {"doctor", "backup", "restore", "demo"}  # of the Filo that runs here; they take its mode, no other does

if __name__ == "__main__":
    if set(sys.argv[1:2]) & ASKED_BESIDE:
        running = addresses(Path(os.environ.get("FILO_VAR") or Path(__file__).resolve().parent / "var"))
        os.environ.setdefault("FILO_MODE", running.get("FILO_MODE", "production"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    execute_from_command_line(sys.argv)
