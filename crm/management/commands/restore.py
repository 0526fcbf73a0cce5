"""Restore a backup into an empty database and an empty folder."""

from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

from crm import backups, restoring


class Command(BaseCommand):
    help = "Restore an archive of `backup` into an empty database and files folder, then migrate it to this version."
    requires_system_checks = []  # the database that it would look at is still empty

    def add_arguments(self, parser):
        parser.add_argument("archive", type=Path)

    def handle(self, *args, archive: Path, **options):
        is_first = restoring.begin()
        try:
            backups.restore(archive, connection.settings_dict, settings.MEDIA_ROOT)
        except backups.BackupTrouble as trouble:  # the database is as it was
            if is_first:
                restoring.forget()
            raise CommandError(str(trouble)) from None
        except OSError as trouble:  # it may be restored, without its files
            raise CommandError(str(trouble)) from None
        call_command("migrate", interactive=False, verbosity=0)
        stopped = restoring.finish()
        self.stdout.write(f"{archive} is restored.")
        if stopped:
            self.stdout.write(
                "\n".join(
                    ["Some of it may have left after the backup was made, so nothing leaves by itself:", *stopped]
                )
            )
