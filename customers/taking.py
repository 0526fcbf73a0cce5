"""One cleaned row after the other becomes what is to be written; no database here."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from customers.cleaning import REFERENCE, Clean, Point
from customers.identity import normalise
from customers.identity.resolve import FIELDS, Known, Owner, Target
from customers.models import Customer

NAMES = ("name", "first_name", "last_name")
KEEPING = ("keeper_id", "team_id")
MADE, UPDATED, SAME, REFUSED = "made", "updated", "same", "refused"


@dataclass(slots=True)
class Taken:
    """What became of one row of the batch."""

    row: Clean
    target: Target | None
    outcome: str


@dataclass
class Changes:
    """What a batch changes, gathered row by row and written at the end."""

    made: list[Target] = field(default_factory=list)
    changed: dict[int, Target] = field(default_factory=dict)  # pk → customer whose own row changed
    points: list[tuple[Target, Point, Owner, bool]] = field(default_factory=list)  # the last: first choice
    shared_points: set[int] = field(default_factory=set)  # that were in already and have several owners now
    affiliations: dict[tuple[int, int], str] = field(default_factory=dict)  # (person, account) → role


class Taking:
    """Takes the rows of one batch: `known` and `changes` grow with each."""

    def __init__(self, known: Known, *, ids: Iterator[int], system: str, seer: Any = None):
        self.known = known
        self.keeping = _keeping(seer)  # who keeps those who are new
        self.changes = Changes()
        self.ids = ids  # for those who are new
        self.system = system  # whose numbers the rows carry

    def take(self, row: Clean) -> Taken:
        """Find or make the customer of one row, and note in `self.changes` what it brings."""
        if row.is_empty:
            row.notes.append(_("There is neither a name nor an address in this row."))
            return Taken(row, None, REFUSED)
        target, is_own_record = self.known.find(row, system=self.system)
        if target is not None and target.is_hidden:
            row.withhold(_("This customer is kept by another team. Ask an administrator."))
            return Taken(row, None, REFUSED)
        if target is None:
            target = self._make(next(self.ids), row)
            outcome = MADE
        else:
            outcome = UPDATED if _change(target, row, is_own_record) else SAME
        has_news = self._take_points(target, row)
        has_news |= self._take_account(target, row)
        if outcome != MADE:
            outcome = UPDATED if has_news or outcome == UPDATED else SAME
            if outcome == UPDATED and not target.is_new:
                self.changes.changed[target.pk] = target
        return Taken(row, target, outcome)

    def _make(self, pk: int, row: Clean) -> Target:
        values: dict[str, Any] = dict.fromkeys(FIELDS, "")
        values |= {"born_on": None, "keeper_id": None, "team_id": None, "account_id": pk, "custom": dict(row.custom)}
        values |= row.fields | {"kind": row.kind}
        if not (values["keeper_id"] or values["team_id"]):
            values |= self.keeping
        values["name"] = values["name"] or joined(values) or _stand_in(row)
        values["sort_key"] = row.folded or normalise.fold(values["name"])[:250]
        target = Target(pk, values, is_new=True, names={values["sort_key"]})
        self.known.targets[pk] = target
        self.changes.made.append(target)
        return target

    def _take_points(self, target: Target, row: Clean) -> bool:
        """Give the customer the addresses that are new to them; those that others have too become shared on both."""
        has_news = False
        for point in row.points:
            if self.known.owns(point.key, target):
                continue
            others = self.known.others(point.key, target)
            owner = Owner(target, 0, is_shared=bool(others), is_verified=False)
            for other in others:
                other.is_shared = True
                self.changes.shared_points.add(other.point_id)
            self.known.owners[point.key].append(owner)
            is_first = point.channel not in target.channels
            target.channels.add(point.channel)
            if point.channel == REFERENCE:
                target.systems.add(point.system)
            self.changes.points.append((target, point, owner, is_first))
            has_news = True
        return has_news

    def _take_account(self, target: Target, row: Clean) -> bool:
        """Affiliate the customer with the account that the row names; it becomes the main one of a person alone."""
        account_id = self._account(row)
        if account_id is None or account_id == target.pk:
            return False
        has_news = account_id not in target.roles or bool(row.role and target.roles[account_id] != row.role)
        if has_news:
            target.roles[account_id] = row.role or target.roles.get(account_id, "")
            self.changes.affiliations[target.pk, account_id] = target.roles[account_id]
        if target.row["account_id"] == target.pk and target.row["kind"] == Customer.Kind.PERSON:
            target.row["account_id"] = account_id
            has_news = True
        return has_news

    def _account(self, row: Clean) -> int | None:
        if row.account_id:
            account = self.known.targets.get(row.account_id)
            if account is not None and not account.is_hidden and account.row["kind"] != Customer.Kind.PERSON:
                return row.account_id
            row.lose_account(_("There is no account %d.") % row.account_id)
        if not row.company:
            return None
        folded = normalise.fold(row.company)[:250]
        known = self.known.companies[folded]
        namesakes = [one for one in known if not one.is_hidden]
        if known and not namesakes:
            row.withhold(_("The company “%s” is kept by another team. Ask an administrator.") % row.company)
            return None
        if len(namesakes) > 1:
            row.lose_account(_("Several companies are called “%s”: choose the right one.") % row.company)
            return None
        if not namesakes:
            namesakes = [self._make_company(next(self.ids), row.company, folded)]
            known += namesakes
        return namesakes[0].pk

    def _make_company(self, pk: int, name: str, folded: str) -> Target:
        row: dict[str, Any] = dict.fromkeys(FIELDS, "")
        row |= {"born_on": None, "keeper_id": None, "team_id": None, "account_id": pk, "custom": {}} | self.keeping
        row |= {"kind": Customer.Kind.COMPANY.value, "name": name, "sort_key": folded}
        target = Target(pk, row, is_new=True, names={folded})
        self.known.targets[pk] = target
        self.changes.made.append(target)
        return target


def _keeping(seer: Any) -> dict[str, int]:
    """Who keeps those whom a colleague brings in who does not see everybody: they must find them again."""
    if seer is None or seer.scope("customers") == "all":
        return {}
    return {"team_id": seer.team_id} if seer.team_id else {"keeper_id": seer.pk}


def _stand_in(row: Clean) -> str:
    """Somebody without a name is called by their address, until we know better."""
    return sorted(row.points, key=lambda point: point.channel == REFERENCE)[0].value[:200]


def _change(target: Target, row: Clean, is_own_record: bool) -> bool:
    """Bring the row's fields into the customer; tell whether anything became different.

    Only a source's own record may change a name (an address alone may belong to a couple) or who keeps them.
    """
    said = dict(row.fields)
    if row.folded and row.folded not in target.names and not is_own_record and not _is_nameless(target):
        row.notes.append(_("This address belongs to %s, whose name was kept.") % target.row["name"])
        said = {name: value for name, value in said.items() if name not in NAMES}
    if not is_own_record and (target.row["keeper_id"] or target.row["team_id"]):
        said = {name: value for name, value in said.items() if name not in KEEPING}  # given away in changing.py
    said |= _whole_name(target.row, said)
    custom = {**target.row["custom"], **row.custom}
    news = {name: value for name, value in said.items() if target.row[name] != value}
    if custom != target.row["custom"]:
        news["custom"] = custom
    target.row |= news
    if news.keys() & set(NAMES):
        target.row["sort_key"] = _sort_key(target.row)
        target.names.add(target.row["sort_key"])
    return bool(news)


def _whole_name(row: dict[str, Any], said: dict[str, Any]) -> dict[str, str]:
    """What the parts of a name mean for the whole, and the whole for its parts."""
    has_parts = "first_name" in said or "last_name" in said
    if "name" not in said:
        return {"name": joined({**row, **said})} if has_parts and row["kind"] == Customer.Kind.PERSON else {}
    if has_parts or not (row["first_name"] or row["last_name"]):
        return {}
    if normalise.fold(said["name"]) == normalise.fold(row["name"]):
        return {"name": row["name"]}
    return {"first_name": "", "last_name": ""}  # another name altogether: its parts are not known


def joined(row: dict[str, Any]) -> str:
    return f"{row['first_name']} {row['last_name']}".strip()[:200]


def _is_nameless(target: Target) -> bool:
    name = target.row["name"]
    return not joined(target.row) and ("@" in name or name.lstrip("+").isdigit())


def _sort_key(row: dict[str, Any]) -> str:
    return normalise.sort_key(
        first_name=row["first_name"],
        last_name=row["last_name"],
        name=row["name"],
        is_person=row["kind"] == Customer.Kind.PERSON,
    )
