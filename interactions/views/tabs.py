"""The composer as a page draws it: a tab for each way to write, one for each kind of log."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from crm import formats
from crm.words import Words
from customers import channels
from interactions.composer import LOG, SEND, Way, Ways

ELSEWHERE = "log-elsewhere"


@dataclass(frozen=True)
class Tab:
    """One tab. value: its name on the page. channel: "" where a field of its own says it. way: of what is sent."""

    value: str
    kind: str
    channel: str
    words: Words
    icon: str
    placeholder: Words
    submit: Words
    shortcut: str = ""
    way: Way | None = None

    @property
    def refusal(self) -> Words:
        """Why nothing can be sent there, "" if it can, and of what is logged."""
        return self.way.refusal if self.way else ""

    @property
    def measure(self) -> Mapping | None:
        """How what is sent there is counted; None: it is not, or nothing can be sent."""
        return self.way.measure if self.way and not self.refusal else None


def counting() -> dict[str, str | dict[str, str]]:
    """Return the words of static/js/behaviours/measure.js; {n} and the like are filled in there."""
    dear = _("%(characters)s: a part holds %(few)s characters instead of %(many)s.")
    return {
        "locale": formats.locale_name().replace("_", "-"),
        "left": _counted(lambda n: ngettext("%(n)s character left", "%(n)s characters left", n)),
        "last": _counted(
            lambda n: ngettext("%(n)s character left in this part", "%(n)s characters left in this part", n)
        ),
        "parts": _counted(lambda n: ngettext("%(n)s part", "%(n)s parts", n)),
        "most": _counted(lambda n: ngettext("At most %(n)s part is sent.", "At most %(n)s parts are sent.", n)),
        "dear": dear % {"characters": "{characters}", "few": "{few}", "many": "{many}"},
        "plainly": _("Write it plainly"),
    }


def _counted(words: Callable[[int], str]) -> dict[str, str]:
    """Return words that follow a number, by the browser's names of singular and plural."""
    return {"one": words(1) % {"n": "{n}"}, "other": words(2) % {"n": "{n}"}}


@dataclass(frozen=True)
class Composer:
    """chosen: the value of the tab that is."""

    tabs: list[Tab]
    chosen: str
    ways: Ways

    @property
    def counting(self) -> dict[str, str | dict[str, str]]:
        return counting()

    @property
    def sending(self) -> list[Tab]:
        return [tab for tab in self.tabs if tab.way]

    @property
    def open_values(self) -> str:
        """The tabs on which something can be sent, as `composer_part` wants them."""
        return " ".join(tab.value for tab in self.sending if not tab.refusal)

    @property
    def address(self) -> str:
        """Where an answer goes by itself, "" nowhere."""
        return self.ways.best.head.to.address if self.ways.best else ""

    @property
    def refused(self) -> Tab | None:
        """The tab of the channel on which they spoke last, if nothing can be sent on it."""
        return next((tab for tab in self.sending if tab.refusal and tab.way is self.ways.wanted), None)

    @property
    def instead(self) -> Tab:
        """The tab to offer where nothing can be sent on another."""
        return next(tab for tab in self.tabs if tab.value == _best(self.ways))


def for_answer(ways: Ways, wanted: str = "") -> Composer:
    """Draw the composer of a conversation. wanted: the key of a channel to begin with, if it is open."""
    sent = [_send(way, _("Your answer")) for way in ways.all]
    tabs = [*sent, _call(_("What was said?")), *_elsewhere(ways), _note(_("Only your team sees it"))]
    return Composer(_keyed(tabs, _best(ways)), f"{SEND}-{wanted}" if ways.takes(wanted) else _best(ways), ways)


def for_customer(ways: Ways) -> Composer:
    """Draw the composer of the customer page."""
    said, learned = _("What was said? / for a promise"), _("What did you learn? / for a promise")
    sent = [_send(way, _("Write to them")) for way in ways.all]
    meeting = Tab("log-visit", LOG, "visit", _("Meeting"), channels.named("visit").icon, said, _("Log meeting"))
    tabs = [_call(said), *sent, *_elsewhere(ways), _note(learned), meeting]
    return Composer(_keyed(tabs, _best(ways)), "log-note", ways)


def _best(ways: Ways) -> str:
    return f"{SEND}-{ways.best.channel.key}" if ways.best else "log-phone"


def _send(way: Way, placeholder: str) -> Tab:
    one = way.channel
    return Tab(f"{SEND}-{one.key}", SEND, one.key, one.label, one.icon, placeholder, _("Send"), way=way)


def _call(placeholder: str) -> Tab:
    call = pgettext("noun", "Call")
    return Tab("log-phone", LOG, "phone", call, channels.named("phone").icon, placeholder, _("Log call"))


def _note(placeholder: str) -> Tab:
    return Tab("log-note", LOG, "note", _("Note"), channels.named("note").icon, placeholder, _("Log note"))


def _elsewhere(ways: Ways) -> list[Tab]:
    if not ways.elsewhere:
        return []
    words = _("What was written, not from here")
    return [Tab(ELSEWHERE, LOG, "", _("Elsewhere"), "message-square-share", words, _("Log it"))]


def _keyed(tabs: Iterable[Tab], best: str) -> list[Tab]:
    """Give each its keys: Alt and its number; E the one that is best to write on, where they wrote last."""
    numbered = [replace(tab, shortcut=f"Alt+{number}") for number, tab in enumerate(tabs, start=1)]
    return [replace(tab, shortcut=f"E {tab.shortcut}") if tab.way and tab.value == best else tab for tab in numbered]
