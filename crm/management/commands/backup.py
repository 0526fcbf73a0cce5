"""Back up database and files into one archive."""

from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connection

from crm import backups


class Command(BaseCommand):
    help = "Write database and files to one archive in var/backups (or --into) and keep the newest fourteen."

    requires_system_checks = []  # a backup is never refused

    def add_arguments(self, parser):
        parser.add_argument("--into", type=Path, default=settings.BACKUPS)

    def handle(self, *args, into: Path, **options):
        try:
            archive = backups.back_up(connection.settings_dict, settings.MEDIA_ROOT, into)
        except backups.BackupTrouble as trouble:
            raise CommandError(str(trouble)) from None
        backups.forget_old(into)
        self.stdout.write(f"{archive} ({archive.stat().st_size / 1e6:.1f} MB)")
