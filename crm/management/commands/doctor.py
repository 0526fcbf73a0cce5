"""Is this installation healthy? Each line is green, or says what to do."""

from django.core.management import BaseCommand

from crm.health import OFF, SOON, STOPPED, WELL, examine

MARKS = {WELL: "ok  ", SOON: "soon", STOPPED: "DOWN", OFF: "off "}


class Command(BaseCommand):
    help = "Examine this installation: one line for each part. Ends with 1 when something has stopped."

    def handle(self, *args, **options):
        found = examine()
        styles = {
            WELL: self.style.SUCCESS,
            SOON: self.style.WARNING,
            STOPPED: self.style.ERROR,
            OFF: self.style.HTTP_INFO,
        }
        for name, finding in found:
            mark = styles[finding.state](MARKS[finding.state])
            advice = f"\n       {finding.advice}" if finding.advice and finding.state != WELL else ""
            self.stdout.write(f"{mark} {name}: {finding.words}{advice}")
        if any(finding.state == STOPPED for _, finding in found):
            raise SystemExit(1)
