#!/usr/bin/env python
"""Django's command line: `python manage.py up` runs Filo, `python manage.py help` lists the rest."""

import os
import sys

from crm.engines.whereabouts import addresses, var_folder
from crm.running import up

ASKED_BESIDE = {"doctor", "backup", "restore", "demo"}  # of the Filo that runs here; they take its mode, no other does


def main() -> None:
    if sys.argv[1:2] == ["up"]:  # it wakes Django in its children only
        sys.exit(up.main(sys.argv[2:]))
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    if set(sys.argv[1:2]) & ASKED_BESIDE:
        running = addresses(var_folder())
        if sys.argv[1] == "doctor" and not running and not {"FILO_MODE", "DATABASE_URL"} & set(os.environ):
            sys.exit("Filo does not run from here. Start it with bin/run, or set what .env.example lists.")
        os.environ.setdefault("FILO_MODE", running.get("FILO_MODE", "production"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
