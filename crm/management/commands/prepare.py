"""Bring what lasts up to the code: migrations, static files, and the demo company on a first run."""

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, call_command, get_commands

from crm import demo, restoring
from crm.running.runner import SIGN_INS


class Command(BaseCommand):
    help = "Migrate, collect static files when they changed, and in demo mode load the demo company on the first run."

    def handle(self, *args, **options):
        call_command("migrate", interactive=False, verbosity=0)
        for words in restoring.finish():  # a restore that was killed before it had stopped what it brought
            self.stdout.write(words)
        self.check(databases=["default"])  # production refuses demo people, now that there is a table to look into
        if os.access(_nearest(Path(settings.STATIC_ROOT)), os.W_OK):  # in an image they are collected and read-only
            self._collect()
        if settings.FILO_MODE == "demo":
            self._demo()

    def _collect(self) -> None:
        """Collect static files if any of them changed since the last time: reading them all costs seconds."""
        stamp = Path(settings.STATIC_ROOT) / ".stamp"
        now = _fingerprint()
        if not stamp.exists() or stamp.read_text() != now:
            if settings.FILO_MODE == "production":  # a plain copy takes a second
                self.stdout.write("Compressing the static files, once for each version: it can take a minute or two …")
            call_command("collectstatic", interactive=False, verbosity=0)
            stamp.write_text(now)

    def _demo(self) -> None:
        """Load the demo company once; one that was broken off is begun anew. Note its sign-ins for the runner."""
        lines = [f"sign in as {email:34} password {password}   ({role})" for email, password, role in demo.SIGN_INS]
        (settings.VAR / SIGN_INS).write_text("\n".join(lines) + "\n")
        unfinished = settings.VAR / "demo-unfinished"
        if "demo" not in get_commands() or (get_user_model().objects.exists() and not unfinished.exists()):
            return
        self.stdout.write("Loading the demo company …")
        again = unfinished.exists()
        unfinished.touch()
        call_command("demo", fresh=again)
        unfinished.unlink()


def _nearest(folder: Path) -> Path:
    """Return the folder itself, or the nearest one above that exists."""
    return folder if folder.exists() else _nearest(folder.parent)


def _fingerprint() -> str:
    seen = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            state = Path(storage.path(name)).stat()
            seen.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return seen.hexdigest()
