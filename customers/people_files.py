"""The kind of import file that holds people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import channels, columns, customfields, importing, intake
from customers.cleaning import EMAIL, ROWS_OF, Allowed, Cleaner, Person
from customers.identity import normalise
from customers.importing import Row, Tally
from customers.mapping import ImportField
from customers.models import CustomField, ImportFile, Purpose
from staff.models import Organisation

NOTHING = gettext_lazy("This row gives a customer number and nothing else.")
CUSTOM = "custom."  # before the key of a custom field
OFFERS = "offers."  # before the key of a channel
CELLS = {"email": ("email",), "phone": ("phone", "mobile")}  # kind of contact point → fields that hold one


def _looks_like_email(cell: str) -> bool:
    return normalise.email(cell) is not None


def _looks_like_phone(cell: str) -> bool:
    return len(cell) >= 7 and cell[0] in "+0(" and normalise.phone(cell, "IT") is not None


FIELDS = (
    ImportField("reference", gettext_lazy("Customer number"), (
        "customer id", "id", "customer no", "number", "client id", "codice cliente", "codice", "id cliente",
        "numero cliente", "número de cliente", "código", "código de cliente", "rif", "ref", "external id",
    )),
    ImportField("first_name", gettext_lazy("First name"), (
        "first", "given name", "forename", "nome", "nome di battesimo", "nombre", "primeiro nome", "nome próprio",
    )),
    ImportField("last_name", gettext_lazy("Last name"), (
        "last", "surname", "family name", "cognome", "apellido", "apellidos", "apelido", "sobrenome", "último nome",
    )),
    ImportField("name", gettext_lazy("Whole name"), (
        "full name", "nome completo", "nombre completo", "nominativo", "nome e cognome", "nombre y apellidos",
        "contact", "contatto", "contacto", "customer", "cliente",
    )),
    ImportField("company", gettext_lazy("Company"), (
        "account", "organisation", "organization", "azienda", "ragione sociale", "società", "empresa", "compañía",
        "compania", "razón social", "firma",
    )),
    ImportField("role", gettext_lazy("Role there"), (
        "job title", "position", "ruolo", "qualifica", "cargo", "puesto", "função",
    )),
    ImportField("email", gettext_lazy("E-mail"), (
        "e mail", "mail", "email address", "posta elettronica", "indirizzo email", "correo", "correo electrónico",
        "correio eletrónico", "correio electrónico",
    ), looks=_looks_like_email),
    ImportField("phone", gettext_lazy("Phone"), (
        "telephone", "phone number", "tel", "telefono", "numero di telefono", "teléfono", "telefone",
        "número de telefone", "contact phone number",
    ), looks=_looks_like_phone),
    ImportField("mobile", gettext_lazy("Mobile phone"), (
        "cell", "cellulare", "cell phone", "móvil", "movil", "telemóvel", "celular", "mobile number",
    )),
    ImportField("address", gettext_lazy("Street"), (
        "street", "street address", "indirizzo", "via", "dirección", "direccion", "calle", "morada", "endereço", "rua",
    )),
    ImportField("city", gettext_lazy("Town"), (
        "town", "città", "comune", "località", "ciudad", "población", "localidad", "cidade", "localidade",
    )),
    ImportField("country", gettext_lazy("Country"), (
        "nation", "paese", "nazione", "stato", "país", "pais", "country code",
    )),
    ImportField("language", gettext_lazy("Language"), ("lingua", "idioma", "língua", "lengua", "locale")),
    ImportField("born_on", gettext_lazy("Birthday"), (
        "birth date", "date of birth", "dob", "birthdate", "data di nascita", "compleanno", "fecha de nacimiento",
        "cumpleaños", "data de nascimento",
    )),
)  # fmt: skip
AGREEMENT = (
    "consent", "opt in", "marketing", "consenso", "consenso marketing", "consentimiento", "boletín", "consentimento",
    "subscribed", "iscritto",
)  # fmt: skip


def fields() -> list[ImportField]:
    """The fields of a customer, what they agreed to on each channel, and those that the organisation made up."""
    custom = CustomField.objects.filter(is_retired=False).order_by("position", "pk")
    return [*FIELDS, *_agreed(), *(ImportField(CUSTOM + one.key, one.label, (one.key,)) for one in custom)]


def _agreed() -> Iterator[ImportField]:
    """Consent to offers on each channel; a column that says none is about e-mail."""
    for channel in channels.asked():
        label = _("Agreed to offers by %(channel)s") % {"channel": channel.mid_sentence}
        names = tuple(words for one in AGREEMENT for words in (f"{one} {channel.key}", f"{channel.key} {one}"))
        if channel.key == EMAIL:
            yield ImportField("newsletter", label, (*AGREEMENT, *names))
        else:
            yield ImportField(OFFERS + channel.key, label, names)


def take(rows: list[Row], file: ImportFile) -> Tally:
    """Register the people of some rows. A row without any number or address is known by its content."""
    bare = [row for row in rows if _says_nothing(row)]
    rows = [row for row in _settled(rows, file) if not _says_nothing(row)]
    notes: list[list[str]] = [[] for _row in rows]
    people = [_person(row, file, words) for row, words in zip(rows, notes, strict=True)]
    batch = intake.register_many(
        people,
        source=f"import {file.pk}",
        system=file.system,
        country=file.options.get("country", ""),
        by=file.by,
        seer=file.by,
        about=file,
    )
    tally = Tally(made=batch.made, updated=batch.updated, same=batch.same)
    tally.customers = {one.customer_id for one in batch.results if one.customer_id and one.outcome != "refused"}
    tally.skipped += [(row, str(NOTHING)) for row in bare]
    for row, result, words in zip(rows, batch.results, notes, strict=True):
        why = " ".join(words + result.notes)
        if result.outcome == "refused":
            tally.skipped.append((row, why))
        elif why:
            tally.noted.append((row, why))
    return tally


def look(rows: list[Row], file: ImportFile) -> list[tuple[Row, str]]:
    """Say what of which row could not be read."""
    cleaner = Cleaner(system=file.system, country=_country(file))
    found = []
    for row in _settled(rows, file):
        notes: list[str] = []
        clean = cleaner.clean(_person(row, file, notes))
        if _says_nothing(row):
            notes = [str(NOTHING)]
        elif clean.is_empty:
            notes = [_("There is neither a name nor an address in this row.")]
        found += [(row, words) for words in notes + clean.notes]
    return found


def _country(file: ImportFile) -> str:
    return file.options.get("country") or Organisation.current().country


def _settled(rows: list[Row], file: ImportFile) -> list[Row]:
    """Return the rows, what is open in days and numbers read as its column, or else the file's country, writes."""
    has_own = any(name.startswith(CUSTOM) for name in file.mapping)
    kinds = dict(CustomField.objects.values_list("key", "kind")) if has_own else {}
    own = {name: kinds.get(name.removeprefix(CUSTOM)) for name in file.mapping if name.startswith(CUSTOM)}
    days = {"born_on"} | {name for name, kind in own.items() if kind == CustomField.Kind.DAY}
    numbers = {name for name, kind in own.items() if kind == CustomField.Kind.NUMBER}
    country = _country(file)

    def settled(name: str, text: str) -> str:
        if name in days:
            return columns.day(file, name, text, country)
        return columns.number(file, name, text) if name in numbers else text

    return [replace(row, values={name: settled(name, text) for name, text in row.values.items()}) for row in rows]


def _says_nothing(row: Row) -> bool:
    return row.values.keys() == {"reference"}


def _person(row: Row, file: ImportFile, notes: list[str]) -> Person:
    values = row.values
    plain: dict[str, Any] = {
        name: values.get(name, "")
        for name in (
            "first_name",
            "last_name",
            "name",
            "company",
            "role",
            "address",
            "city",
            "country",
            "language",
            "born_on",
        )
    }
    phones = [values[name] for name in ("phone", "mobile") if name in values]
    emails = [values["email"]] if "email" in values else []
    has_name = any(plain[name] for name in ("first_name", "last_name", "name"))
    is_company = bool(plain["company"]) and not has_name
    person = Person(
        **(plain | {"name": plain["company"], "company": ""} if is_company else plain),
        kind="company" if is_company else "",
        reference=values.get("reference", ""),
        emails=emails,
        phones=phones,
        custom={name.removeprefix(CUSTOM): value for name, value in values.items() if name.startswith(CUSTOM)},
        allowed=_allowed(values, file, notes),
    )
    if has_name and not (person.reference or emails or phones):
        person.references.append((f"{ROWS_OF}{file.system}"[:60], row.key))
    return person


def _allowed(values: Mapping[str, str], file: ImportFile, notes: list[str]) -> list[Allowed]:
    """Consent to offers for the address of that row; nothing written means that nobody asked."""
    found = []
    for channel in channels.asked():
        cell = values.get("newsletter" if channel.key == EMAIL else OFFERS + channel.key, "")
        address = next((values[name] for name in _cells(channel) if name in values), "")
        if not cell or (channel.spoken_over and not address):
            continue
        answer = customfields.yes_no(cell)
        if answer is None:
            notes.append(_("“%s” is neither yes nor no: taken as never asked.") % cell[:40])
            continue
        found.append(Allowed(Purpose.OFFERS, channel.key, answer, address=address, proof=f"{file.name}: {cell}"[:300]))
    return found


def _cells(channel: channels.Channel) -> Sequence[str]:
    """Return the fields that may hold its address, the best first."""
    names = CELLS.get(channel.spoken_over, ())
    return names[::-1] if channel.needs_mobile else names


importing.kind("people", gettext_lazy("People"), fields, take, look)
