"""The kind of import file that holds purchases: one line of an order a row."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm import days, money
from crm.problems import Invalid
from customers import columns, importing
from customers.identity import normalise
from customers.importing import Row, Tally
from customers.mapping import ImportField
from customers.models import ImportFile
from sales import decimals, recording
from sales.recording import MOST_CENTS, Line
from staff.models import Organisation

MOST_QUANTITY = Decimal(10) ** 8
_before_zone = re.compile(r" (?=[+-]\d\d:?\d\d$)")

FIELDS = (
    ImportField("customer", gettext_lazy("Customer number"), (
        "customer id", "customer no", "client id", "id cliente", "codice cliente", "numero cliente",
        "número de cliente", "código de cliente", "cliente", "account id", "buyer",
    ), is_required=True),
    ImportField("purchased_on", gettext_lazy("Day of purchase"), (
        "date", "day", "purchase date", "order date", "bought on", "data", "data ordine", "fecha", "fecha de compra",
        "data da compra", "invoice date",
    ), is_required=True),
    ImportField("amount", gettext_lazy("The line's total"), (
        "total", "sum", "value", "price", "line total", "amount eur", "importo", "totale", "importe", "montante",
        "valor",
    ), is_required=True),
    ImportField("quantity", gettext_lazy("Quantity"), (
        "qty", "units", "pieces", "quantità", "cantidad", "quantidade", "pezzi",
    )),
    ImportField("product", gettext_lazy("Product"), (
        "item", "article", "description", "prodotto", "articolo", "producto", "artículo", "produto", "artigo",
    )),
    ImportField("sku", gettext_lazy("Product number"), (
        "item no", "article no", "codice articolo", "referencia", "product id",
    )),
    ImportField("order_ref", gettext_lazy("Order number"), (
        "order", "order id", "order no", "invoice", "invoice no", "ordine", "numero ordine", "pedido", "encomenda",
    )),
    ImportField("line_ref", gettext_lazy("Number of the line itself"), (
        "line id", "line no", "transaction id", "purchase id", "id riga", "id línea", "id linha",
    )),
    ImportField("currency", gettext_lazy("Currency"), ("valuta", "divisa", "moneda", "moeda", "currency code")),
)  # fmt: skip


def take(rows: list[Row], file: ImportFile) -> Tally:
    """Record the purchases of some rows. A row without a number of its own is known by its content and its turn."""
    lines, whose, skipped = _read(rows, file)
    recorded = recording.record_many(
        lines, source=f"import {file.pk}", system=file.system, by=file.by, seer=file.by, about=file
    )
    skipped += [(whose[place], why) for place, why in recorded.skipped]
    tally = Tally(made=recorded.made, same=recorded.same, skipped=skipped, figures=dict(recorded.sums))
    tally.customers = recorded.customers
    return tally


def look(rows: list[Row], file: ImportFile) -> list[tuple[Row, str]]:
    """Say what of which row could not be read; whether its customer is known is seen when it is taken."""
    return _read(rows, file)[2]


def _read(rows: list[Row], file: ImportFile) -> tuple[list[Line], list[Row], list[tuple[Row, str]]]:
    """Return (lines, the row of each, what could not be read with its reason)."""
    organisation = Organisation.current()
    country = file.options.get("country") or organisation.country
    lines, whose, skipped = [], [], []
    for row in rows:
        try:
            lines.append(_line(row, file, country, organisation.currency))
            whose.append(row)
        except Invalid as trouble:
            skipped.append((row, str(trouble)))
    return lines, whose, skipped


def _day(text: str, country: str) -> date | None:
    """Return the day that `text` writes; of a moment with its zone, the day that it was where the organisation is.

    At midnight sharp nobody buys: so programs write a day.
    """
    try:
        moment = datetime.fromisoformat(_before_zone.sub("", text.strip()))
    except ValueError:
        return normalise.day(text, country)
    is_moment = moment.tzinfo is not None and moment.time() != time.min
    return days.of(moment) if is_moment else normalise.day(text, country)


def _line(row: Row, file: ImportFile, country: str, currency: str) -> Line:
    """Return the line of one row. Raises Invalid with words about what is missing or cannot be read."""
    values = row.values
    for name, words in (
        ("customer", _("The row does not say whose purchase it is.")),
        ("purchased_on", _("The row has no day.")),
        ("amount", _("The row has no amount.")),
    ):
        if name not in values:
            raise Invalid(words)
    purchased_on = _day(columns.day(file, "purchased_on", values["purchased_on"], country), country)
    if purchased_on is None:
        raise Invalid(_("“%s” is no day.") % values["purchased_on"][:40])
    currency = _currency(values, currency)
    written, quantity = values["amount"], values.get("quantity", "1")
    amount = money.cents(written, currency, _sign(written, "amount", file, is_whole=not money.digits(currency)))
    if abs(amount) > MOST_CENTS:
        raise Invalid(_("“%s” is too much for one line.") % written[:40])
    return Line(
        customer_ref=values["customer"],
        purchased_on=purchased_on,
        amount_cents=amount,
        currency=currency,
        quantity=_quantity(quantity, _sign(quantity, "quantity", file)),
        product=values.get("product", ""),
        sku=values.get("sku", ""),
        order_ref=values.get("order_ref", ""),
        line_ref=values.get("line_ref", row.key),
    )


def _currency(values: Mapping[str, str], ours: str) -> str:
    """Return the currency of a row: its column's, else the one beside its amount, else the organisation's.

    A sign that several write, $, means ours or the other one of the row, if that is among them. Raises Invalid.
    """
    column, amount = values.get("currency", ""), values["amount"]
    beside, codes = money.named_in(amount), money.currencies(column)
    if column and not codes:
        raise Invalid(recording.no_currency(column))
    both = [code for code in codes if code in beside] if codes and beside else [*codes, *beside]
    if not both and codes:
        words = _("“%(amount)s” says another currency than %(currency)s.")
        raise Invalid(words % {"amount": amount[:40], "currency": column[:20]})
    return ours if ours in both or not both else both[0]


def _sign(written: str, name: str, file: ImportFile, *, is_whole: bool = False) -> str:
    """Return which sign parts the decimals of a number, where it leaves that open; "": it does not.

    is_whole: it has none, unless somebody says otherwise. Raises Invalid where nothing says which.
    """
    if not money.is_ambiguous(written):
        return ""
    sign = decimals.chosen(file) if is_whole else decimals.sign_of(file, name)
    if not sign and not is_whole:
        words = _("“%s” may be a thousand, or a number with three decimals. Choose the file's decimal sign.")
        raise Invalid(words % written[:40])
    return sign


def _quantity(written: str, sign: str) -> Decimal:
    quantity = money.number(written, sign)
    if quantity is None or money.named_in(written) or abs(quantity) > MOST_QUANTITY:
        raise Invalid(_("“%s” is no quantity.") % written[:40])
    return quantity.quantize(Decimal("0.001"))


importing.kind("purchases", gettext_lazy("Purchases"), FIELDS, take, look, has_numbers=True)
