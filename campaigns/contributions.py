from django.utils.translation import gettext_lazy as _

from campaigns import figures as figures  # declares them
from campaigns import launching, showing, story
from crm import demo, marks, panels, restoring, shell

shell.place(
    "campaigns",
    label=_("Campaigns"),
    icon="megaphone",
    url_name="campaigns:campaigns",
    right="campaigns.view",
    group="Market",
    order=60,
    key="M",
)
shell.place(
    "results",
    label=_("Results"),
    icon="chart-column",
    url_name="campaigns:latest",
    right="campaigns.view",
    group="Market",
    order=70,
    key="R",
)
shell.command(
    "new-campaign",
    label=_("New campaign"),
    icon="megaphone",
    url_name="campaigns:new",
    right="campaigns.change",
    order=60,
    is_new=True,
)

marks.mark("campaign", _("Campaign"), "megaphone")
panels.panel("today.main", "campaigns", order=40)(showing.panel)

restoring.step(10, "campaigns")(launching.stop_restored)  # first: what it holds is not in doubt
demo.step(60, "campaigns")(story.tell)
