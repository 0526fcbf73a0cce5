from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns import audience, drafting, measuring, previewing, results, reviewing
from campaigns.forms import CampaignForm, NewCampaignForm
from campaigns.models import Campaign
from crm.http import id_in, is_fragment, toast
from crm.lists import page_of
from crm.problems import Invalid, Problem
from insights import segments
from insights.models import Segment
from interactions import templating
from interactions.models import Mailbox
from staff.access import allowed
from staff.models import Organisation


@require_GET
@allowed("campaigns.view")
def index(request: HttpRequest) -> HttpResponse:
    rows = Campaign.objects.select_related("segment", "by")
    page = page_of(rows, order=("-created_at", "-id"), cursor=request.GET.get("after"))
    counts = results.counts_by_status(page.rows, request.user)
    context = {"page": page, "counts": counts, "audiences": results.audiences(page.rows, request.user)}
    if not page.rows:
        context |= _needed(request.user)
    return render(request, "campaigns/campaigns.html", context)


def _needed(user) -> dict:
    """Return what a first campaign needs and is there: the largest segment, who sends, where answers arrive."""
    counts = segments.member_counts(user)
    largest = max(segments.active(), key=lambda one: counts[one.pk], default=None)  # of several the first by name
    people = counts[largest.pk] if largest else 0
    mailbox = Mailbox.objects.filter(is_polled=True).order_by("pk").first()
    return {"largest": largest, "people": people, "organisation": Organisation.current(), "mailbox": mailbox}


@require_http_methods(["GET", "POST"])
@allowed("campaigns.change")
def new(request: HttpRequest) -> HttpResponse:
    chosen = Segment.objects.filter(pk=id_in(request.GET.get("segment", ""))).first()
    form = NewCampaignForm(request.POST or None, initial={"segment": chosen})
    if request.method == "POST" and form.is_valid():
        campaign = drafting.create(**form.cleaned_data, by=request.user)
        return redirect("campaigns:campaign", campaign.pk)
    return render(request, "campaigns/new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@allowed("campaigns.view")
def page(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.select_related("segment"), pk=campaign_id)
    if campaign.status not in drafting.NOT_BEGUN:
        return redirect("campaigns:results", campaign.pk)
    return render(request, "campaigns/campaign.html", _editor(request, campaign, CampaignForm(instance=campaign)))


@require_POST
@allowed("campaigns.change")
def save(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The form as it is now: kept, and everything that follows from it drawn again."""
    campaign = get_object_or_404(Campaign.objects.select_related("segment"), pk=campaign_id)
    try:
        form, trouble = keep(campaign, request.POST)
    except drafting.AlreadyLaunched:  # launched while this was on its way
        if not is_fragment(request):
            raise
        return HttpResponse(headers={"HX-Redirect": reverse("campaigns:results", args=[campaign.pk])})
    campaign.refresh_from_db()
    if is_fragment(request) and not trouble and request.POST.get("drawn_for", campaign.channel) != campaign.channel:
        return HttpResponse(headers={"HX-Refresh": "true"})  # another channel asks for other words
    context = _editor(request, campaign, form, again=False) | {"trouble": trouble}
    status = 422 if form.errors or trouble else 200
    if is_fragment(request):
        return render(request, "campaigns/_after_saving.html", context, status=status)
    if status == 422:
        return render(request, "campaigns/campaign.html", context, status=status)
    return redirect("campaigns:campaign", campaign.pk)


def keep(campaign: Campaign, post: QueryDict) -> tuple[CampaignForm, str]:
    """Write what can be written of the form, and return it and what is wrong with the words. Raises AlreadyLaunched."""
    form = CampaignForm(post, instance=Campaign.objects.get(pk=campaign.pk))
    if form.is_valid():
        drafting.change(campaign, **{name: form.cleaned_data[name] for name in form.Meta.fields if name in form.fields})
        if campaign.status == Campaign.Status.PLANNED and form.cleaned_data["planned_at"] is None:
            drafting.plan(campaign, None)
    try:
        write_words(campaign, post)
    except Invalid as problem:
        return form, str(problem)
    return form, ""


def keep_whole(campaign: Campaign, post: QueryDict) -> tuple[Campaign, CampaignForm]:
    """Write the whole form and return the campaign as it is now. Raises Invalid if some of it cannot be written."""
    form, trouble = keep(campaign, post)
    if trouble or form.errors:
        raise Invalid(trouble or " ".join(words for field in form.errors.values() for words in field))
    return Campaign.objects.select_related("segment").get(pk=campaign.pk), form


def write_words(campaign: Campaign, post: QueryDict) -> None:
    """Write the subject and body of each language that the form holds. Raises Invalid, AlreadyLaunched."""
    for row in campaign.wordings.select_related("wording"):
        if f"body.{row.language}" in post:
            drafting.write(
                campaign,
                row.language,
                subject=post.get(f"subject.{row.language}"),
                body=post.get(f"body.{row.language}", "").replace("\r\n", "\n"),
            )


@require_POST
@allowed("campaigns.change")
def languages(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    write_words(campaign, request.POST)
    if language := request.POST.get("add"):
        if language not in dict(settings.LANGUAGES):
            raise Problem(_("Filo does not know this language."))
        drafting.add_language(campaign, language)
    if language := request.POST.get("remove"):
        drafting.remove_language(campaign, language)
        language = ""
    return redirect(f"/campaigns/{campaign.pk}/?language={request.POST.get('add', '')}#content")


@require_GET
@allowed("campaigns.view")
def audience_part(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.select_related("segment"), pk=campaign_id)
    return render(request, "campaigns/_audience.html", {"campaign": campaign, "audience": _audience(request, campaign)})


@require_GET
@allowed("campaigns.view")
def preview(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.select_related("segment"), pk=campaign_id)
    return render(request, "campaigns/_preview.html", _preview(request, campaign))


@require_POST
@allowed("campaigns.change")
def test(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Send what is on the screen, so the form is kept first."""
    campaign = get_object_or_404(Campaign.objects.select_related("segment"), pk=campaign_id)
    campaign, _form = keep_whole(campaign, request.POST)
    shown = previewing.preview(campaign, request.user, _whom(request))
    previewing.send_test(campaign, shown, to=request.user)
    response = render(request, "campaigns/_preview.html", _preview(request, campaign))
    return toast(response, _("A test went to %(address)s.") % {"address": request.user.email})


def _editor(request: HttpRequest, campaign: Campaign, form: CampaignForm, *, again: bool = True) -> dict:
    wordings = list(campaign.wordings.select_related("wording").order_by("id"))
    known = {row.language for row in wordings}
    wanted = request.GET.get("language") or request.POST.get("language")
    offered = Organisation.current().languages or ["en"]
    names = dict(settings.LANGUAGES)
    seen = _audience(request, campaign, again=again)
    starts_at = form.cleaned_data.get("planned_at") if form.is_bound else form.initial["planned_at"]
    return {
        "campaign": campaign,
        "form": form,
        "wordings": wordings,
        "language_names": names,
        "shown_language": wanted if wanted in known else wordings[0].language,
        "more_languages": [(code, names[code]) for code in offered if code not in known and code in names],
        "merge_fields": templating.fields(),
        "missing": [*drafting.missing(campaign), *filter(None, [drafting.too_late(starts_at)])],
        "audience": seen,
        "gaps": reviewing.find_gaps(campaign, seen.everybody, request.user) if seen else [],
        "lengths": measuring.find_lengths(campaign, seen.everybody, request.user) if seen else None,
        "has_subject": drafting.has_subject(campaign),
        "sender": reviewing.sender(campaign),
        "starts_at": starts_at,
        "quiet_until": reviewing.quiet_until(starts_at),
        "trouble": "",
        **_preview(request, campaign),
    }


def _audience(request: HttpRequest, campaign: Campaign, *, again: bool = True) -> audience.Audience | None:
    can_be_asked = campaign.segment and not segments.trouble(campaign.segment)
    return audience.look(campaign, request.user, again=again) if can_be_asked else None


def _whom(request: HttpRequest) -> previewing.Whom:
    asked = request.GET if request.method == "GET" else request.POST
    after, pk = (id_in(asked.get(key, "")) for key in ("after", "as"))
    return previewing.Whom(language=asked.get("language", ""), after=after, pk=pk, name=asked.get("person", "").strip())


def _preview(request: HttpRequest, campaign: Campaign) -> dict:
    try:
        shown = previewing.preview(campaign, request.user, _whom(request))
    except Problem as problem:
        return {"campaign": campaign, "preview": None, "preview_trouble": str(problem)}
    return {"campaign": campaign, "preview": shown, "preview_trouble": ""}
