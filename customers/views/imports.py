"""Imports: files that came in, their columns, how far they are, and what did not land."""

from typing import Any

from django import forms
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm import lists, panels
from crm.http import is_fragment, unchanged
from crm.problems import Invalid
from customers import importing, skipping
from customers.choices import countries
from customers.importing import FileGone, UnreadableFile
from customers.models import ImportFile, SkippedRow
from staff.access import allowed
from staff.models import Organisation

TROUBLES_SHOWN = 12  # rows
SAMPLES_SHOWN = 2  # cells of a column
LEAST_SECONDS = 3  # of work before we dare to say how long the rest takes
Status = ImportFile.Status
BEFORE = (Status.UPLOADED, Status.CHECKED)


class UploadForm(forms.Form):
    """A file, what it holds, and whose numbers are in it."""

    file = forms.FileField(label=gettext_lazy("File"), help_text=gettext_lazy("CSV, up to 500 MB, any encoding"))
    kind = forms.ChoiceField(label=gettext_lazy("What is in it?"), widget=forms.RadioSelect)
    system = forms.CharField(
        label=gettext_lazy("Whose numbers are these?"),
        max_length=60,
        help_text=gettext_lazy(
            "The system that the customer numbers come from, such as: web shop. Always the same word."
        ),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("Phones without a prefix and dates are read as they are written there"),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        kinds = [(kind.name, kind.label) for kind in sorted(importing.kinds(), key=lambda kind: kind.name)]
        self.fields["kind"].choices = kinds
        self.fields["kind"].initial = kinds[0][0] if kinds else None
        self.fields["country"].choices = countries()
        self.fields["country"].initial = Organisation.current().country


class SignForm(forms.Form):
    """How the numbers of a file are written, where they do not tell."""

    sign = forms.ChoiceField(
        label=gettext_lazy("Decimal sign"),
        required=False,
        choices=[
            ("", gettext_lazy("As the file shows")),
            (",", gettext_lazy("Comma: 1.234,50")),
            (".", gettext_lazy("Point: 1,234.50")),
        ],
    )


@require_safe
@allowed("customers.import")
def index(request: HttpRequest) -> HttpResponse:
    rows = ImportFile.objects.visible_to(request.user).select_related("by")
    page = lists.page_of(rows, order=("-id",), cursor=request.GET.get("cursor"))
    return render(request, "customers/imports.html", {"page": page, "kinds": _kind_labels()})


def _seen(request: HttpRequest, file_id: int) -> ImportFile:
    return get_object_or_404(ImportFile.objects.visible_to(request.user).select_related("by"), pk=file_id)


def _kind_labels() -> dict[str, Any]:
    return {kind.name: kind.label for kind in importing.kinds()}


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("customers.import")
def new(request: HttpRequest) -> HttpResponse:
    """Take a file in and go on to its columns."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            file = importing.receive(
                said["file"], name=said["file"].name, kind=said["kind"], system=said["system"], by=request.user,
                country=said["country"],
            )  # fmt: skip
        except UnreadableFile as trouble:
            form.add_error("file", str(trouble))
        else:
            return redirect("customers:import_file", file.pk)
    return render(request, "customers/import_new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@allowed("customers.import")
def page(request: HttpRequest, file_id: int) -> HttpResponse:
    """Show a file: its columns until it starts, then how far it is; a poll gets 204 while nothing changed."""
    file = _seen(request, file_id)
    is_gone = file.status not in (Status.RUNNING, Status.FINISHED) and not default_storage.exists(file.path)
    if file.status in BEFORE and not is_gone:
        return render(request, "customers/import_columns.html", _columns(file, file.mapping, {}))
    if is_fragment(request) and request.GET.get("seen") == _version(file):
        return unchanged()
    template = "customers/_import_progress.html" if is_fragment(request) else "customers/import_progress.html"
    beside = panels.draw("import.finished", request, file) if file.status == Status.FINISHED else []
    return render(request, template, _progress(file) | {"is_gone": is_gone, "gone": str(FileGone()), "beside": beside})


@require_POST
@allowed("customers.import")
def columns(request: HttpRequest, file_id: int) -> HttpResponse:
    """Say which column is what, and look whether that fits."""
    file = _seen(request, file_id)
    mapping, wrong = _mapping(request.POST, file)
    form = SignForm(request.POST)
    if not wrong and form.is_valid():
        try:
            importing.check(file, mapping=mapping, sign=form.cleaned_data["sign"])
        except Invalid as trouble:
            wrong = {"": str(trouble)}
        else:
            return redirect("customers:import_file", file.pk)
    return render(request, "customers/import_columns.html", _columns(file, mapping, wrong), status=422)


@require_POST
@allowed("customers.import")
def start(request: HttpRequest, file_id: int) -> HttpResponse:
    file = _seen(request, file_id)
    importing.start(file, by=request.user)
    return redirect("customers:import_file", file.pk)


@require_POST
@allowed("customers.import")
def stop(request: HttpRequest, file_id: int) -> HttpResponse:
    file = _seen(request, file_id)
    importing.stop(file)
    return redirect("customers:import_file", file.pk)


@require_safe
@allowed("customers.import")
def skipped(request: HttpRequest, file_id: int) -> StreamingHttpResponse:
    """Download the rows that did not land, or not whole, each with its reason."""
    file = _seen(request, file_id)
    response = StreamingHttpResponse(skipping.as_csv(file), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="skipped-{file.pk}.csv"'
    return response


# ---- what the pages show


def _mapping(posted: Any, file: ImportFile) -> tuple[dict[str, str], dict[str, str]]:
    """Return ({our field: their column}, {column: what is wrong}); a field can be in one column only."""
    mapping: dict[str, str] = {}
    wrong = {}
    for place, column in enumerate(file.header):
        name = posted.get(f"column-{place}", "")
        if name and name in mapping:
            wrong[column] = _("“%s” holds this already.") % mapping[name]
        elif name:
            mapping[name] = column
    return mapping, wrong


def _columns(file: ImportFile, mapping: dict[str, str], wrong: dict[str, str]) -> dict[str, Any]:
    kind = importing.kind_of(file)
    looked = importing.look(file)
    becomes = {column: name for name, column in mapping.items()}
    rows = [
        (place, column, _samples(looked.rows, place), becomes.get(column, ""), wrong.get(column, ""))
        for place, column in enumerate(file.header)
    ]
    bad = {number for number, _words in looked.troubles}
    missing = [one.label for one in kind.fields_now() if one.is_required and one.name not in mapping]
    return {
        "file": file,
        "kind": kind,
        "rows": rows,
        "missing": missing,
        "choices": [("", _("Leave out")), *((one.name, one.label) for one in kind.fields_now())],
        "trouble": wrong.get("", ""),
        "looked": looked,
        "good": looked.checked - len(bad),
        "bad": len(bad),
        "is_readable": bool(looked.rows),
        "troubles": looked.troubles[:TROUBLES_SHOWN],
        "is_checked": file.status == Status.CHECKED,
        "sign_form": SignForm({"sign": file.options.get(importing.SIGN, "")}) if kind.has_numbers else None,
    }


def _samples(rows: list[importing.Row], place: int) -> list[str]:
    """Return the first different cells of a column that are not empty."""
    cells = (row.cells[place].strip()[:60] for row in rows if place < len(row.cells) and row.cells[place].strip())
    return list(dict.fromkeys(cells))[:SAMPLES_SHOWN]


def _version(file: ImportFile) -> str:
    return f"{file.status}-{file.row_number}"


def _progress(file: ImportFile) -> dict[str, Any]:
    done = 1.0 if file.status == Status.FINISHED else file.cursor_bytes / max(1, file.size_bytes)
    troubles = SkippedRow.objects.filter(file=file).order_by("number")[:TROUBLES_SHOWN]
    read = file.made_count + file.updated_count + file.same_count + file.skipped_count
    return {
        "file": file,
        "blank": file.row_number - read,
        "kind": importing.kind_of(file),
        "version": _version(file),
        "done": done,
        "is_running": file.status == Status.RUNNING,
        "seconds_left": _seconds_left(file, done),
        "seconds": (file.finished_at - file.started_at).total_seconds()
        if file.finished_at and file.started_at
        else None,
        "troubles": list(troubles),
        "trouble_count": file.skipped_count + file.noted_count,
        "sums": sorted(file.figures.items()),
    }


def _seconds_left(file: ImportFile, done: float) -> int | None:
    """Return about how long the rest takes, from how long the part before took; None while nobody can know."""
    if file.status != Status.RUNNING or not file.started_at or done <= 0:
        return None
    spent = (now() - file.started_at).total_seconds()
    return round(spent / done - spent) if spent > LEAST_SECONDS else None
