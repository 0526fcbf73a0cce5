"""What became of campaigns, as figures about a customer: segments ask who got, answered, did not answer one."""

from functools import partial

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.launching import ORIGIN
from campaigns.models import Campaign
from insights.choices import Rows
from insights.figures import figure
from insights.kinds import HAS_ONE, Kind, Said
from insights.sources import source

CAMPAIGNS = _("Campaigns")
UNANSWERED = "ARRAY(SELECT n FROM unnest(p.campaigns_got) AS n WHERE n <> ALL(p.campaigns_answered))"
HAS_UNANSWERED = """(p.campaigns_got && %s::bigint[] AND EXISTS (
    SELECT FROM unnest(%s::bigint[]) AS n WHERE n = ANY(p.campaigns_got) AND n <> ALL(p.campaigns_answered)))"""
SENT = Rows(lambda: Campaign.objects.order_by("-launched_at"), Q(launched_at__isnull=False))  # the newest first

_said = partial(Said, name=_("“%s”"))

source(
    "campaigns",
    _("campaigns"),
    rows="""
    SELECT customer_id, campaign_id AS campaign, true AS is_answer,
        hashtextextended('campaigns', hashint8extended(customer_id, campaign_id)) AS fingerprint
    FROM campaigns_recipient WHERE answered_at IS NOT NULL AND {ids}""",
    sql=f"""
    SELECT customer_id, {{figures}} FROM (
        SELECT customer_id, origin_id AS campaign, false AS is_answer, 0 AS fingerprint -- is in what "touch" says
        FROM interactions_interaction WHERE origin <> '' AND origin = '{ORIGIN}' AND direction = 'out' AND {{ids}}
        UNION ALL
        {{rows}}
    ) AS sent GROUP BY customer_id""",
)
some = "array_agg(DISTINCT campaign ORDER BY campaign) FILTER (WHERE {when})"
figure(
    "campaign_got",
    _("a campaign that they got"),
    Kind.SET,
    CAMPAIGNS,
    source="campaigns",
    column="campaigns_got",
    sql=some.format(when="NOT is_answer"),
    empty="'{}'",
    lookup=SENT,
    chosen=HAS_ONE,
    said=_said(
        _("they got %(values)s"), _("they did not get %(values)s"), _("they got a campaign"), _("they got no campaign")
    ),
)
figure(
    "campaign_answered",
    _("a campaign that they answered"),
    Kind.SET,
    CAMPAIGNS,
    source="campaigns",
    column="campaigns_answered",
    sql=some.format(when="is_answer"),
    empty="'{}'",
    lookup=SENT,
    chosen=HAS_ONE,
    said=_said(
        _("they answered %(values)s"),
        _("they did not answer %(values)s"),
        _("they answered a campaign"),
        _("they answered no campaign"),
    ),
)
figure(
    "campaign_unanswered",
    _("a campaign that they got and did not answer"),
    Kind.SET,
    CAMPAIGNS,
    source="campaigns",
    asked=UNANSWERED,
    lookup=SENT,
    chosen=HAS_UNANSWERED,
    said=_said(
        _("they got and did not answer %(values)s"),
        _("they did not leave %(values)s unanswered"),
        _("they got a campaign and did not answer it"),
        _("they left no campaign unanswered"),
    ),
)
