"""`manage.py demo`: the demo company Meridiana; with --customers N a big one for benchmarks."""

from random import Random
from time import monotonic

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils.timezone import now

from crm import demo
from crm.running import prepared

SEED = 1474  # any number, as long as it stays the same


class Command(BaseCommand):
    help = "Load the demo company. A second run changes nothing; --fresh starts over; --customers N fills a big one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fresh", action="store_true", help="empty every table first; never in production")
        parser.add_argument("--empty", action="store_true", help="empty every table and tell nothing")
        parser.add_argument("--customers", type=int, default=0, help="fill a base of this size for benchmarks instead")

    def handle(self, *args, fresh: bool, empty: bool, customers: int, verbosity: int, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError("Demo people have no place in production. Use `manage.py setup` instead.")
        self._say = self.stdout.write if verbosity else lambda words: None
        if fresh or empty:
            self._empty()
        if empty:
            return
        dice = Random(SEED)  # nosec B311  # the same story each time
        story = demo.Story(dice, now().replace(microsecond=0), customers or 400, say=self._say)
        try:
            for name, tell in demo.steps(big=bool(customers)):
                self._tell(name, tell, story)
        except demo.AlreadyTold as reason:
            self._say(str(reason) or "The demo company is there already; --fresh starts over.")

    def _tell(self, name: str, tell: demo.Step, story: demo.Story) -> None:
        start = monotonic()
        with transaction.atomic():
            tell(story)
        self._say(f"  {name}: {monotonic() - start:.1f} s")

    def _empty(self) -> None:
        labels = {*settings.ROOMS, "events", "sessions"}
        tables = [m._meta.db_table for m in apps.get_models(include_auto_created=True) if m._meta.app_label in labels]
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
            cursor.execute(prepared.FORGET)  # the next start loads the demo company again
        self._say("Every table is empty.")
