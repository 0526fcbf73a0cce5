"""A pasted text as a page shows it before anything is written: found, standing for several, not found."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from crm.http import id_in
from customers.models import Customer
from insights import pasting

SEVERAL_SHOWN = 100  # entries to choose for at once; the others come back after these
CANDIDATES_SHOWN = 10  # customers of one entry
SAMPLE_SHOWN = 6


@dataclass
class Question:
    """Whom an entry stands for: `name` of its choice in the form, and who was chosen already (0: left out)."""

    written: str
    name: str
    candidates: list[Customer]
    picked: int = 0


@dataclass
class Pasted:
    """What is in a text. `kept`: what needs no correcting, to be sent again."""

    looked: pasting.Looked
    questions: list[Question] = field(default_factory=list)
    sample: list[tuple[Customer, str]] = field(default_factory=list)

    @classmethod
    def of(cls, text: str, post: QueryDict, user: Any) -> "Pasted":
        """Look at a text. Raises TooMuchPasted."""
        looked = pasting.look(text, user)
        asked = looked.several[:SEVERAL_SHOWN]
        sample = list(looked.found.items())[:SAMPLE_SHOWN]
        wanted = {pk for one in asked for pk in one.customers[:CANDIDATES_SHOWN]} | {pk for pk, _written in sample}
        known = Customer.objects.visible_to(user).select_related("account").in_bulk(wanted)
        questions = [_question(one, known, post) for one in asked]
        return cls(looked, questions, [(known[pk], written) for pk, written in sample if pk in known])

    @property
    def chosen(self) -> list[int]:
        """Whom it means, those who were picked among them."""
        return [*self.looked.found, *(one.picked for one in self.questions if one.picked)]

    @property
    def kept(self) -> str:
        return pasting.as_text([*self.looked.found.values(), *(one.written for one in self.looked.several)])

    @property
    def unknown(self) -> str:
        return pasting.as_text(self.looked.unknown)

    @property
    def left(self) -> str:
        """What is still to be corrected or chosen once the others are on the list."""
        return pasting.as_text(self._left)

    @property
    def left_count(self) -> int:
        return len(self._left)

    @property
    def _left(self) -> list[str]:
        return [*self.looked.unknown, *(one.written for one in self.looked.several[SEVERAL_SHOWN:])]


def _question(one: pasting.Several, known: dict[int, Customer], post: QueryDict) -> Question:
    name = f"pick-{hashlib.blake2b(one.written.encode(), digest_size=6).hexdigest()}"
    candidates = [known[pk] for pk in one.customers[:CANDIDATES_SHOWN] if pk in known]
    picked = id_in(post.get(name, ""))
    return Question(one.written, name, candidates, picked if picked in {each.pk for each in candidates} else 0)
