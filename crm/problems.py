"""A rule said no, in words that a user may read."""

from django.utils.translation import gettext


class Problem(Exception):
    """Raised by verbs when a rule refuses. Its text says what happened and what to do.

    `code` is stable and for machines; `status` is the HTTP status of the answer.
    Subclasses stand beside the verb that raises them. The first line of their docstring is what they say when
    nothing else is said, in the reader's language: bin/translate finds it there.
    """

    code = "conflict"
    status = 409
    is_page_old = False  # who meets it sees a page that is not true any more: they are offered to load it again

    def __init__(self, words: str = "", **details: object) -> None:
        super().__init__(words or gettext((self.__doc__ or type(self).__name__).strip().split("\n")[0]))
        self.details = details


class Invalid(Problem):
    """What was sent does not fit.

    `details` names each field and what is wrong with it.
    """

    code = "invalid"
    status = 422


class SameMoment(Problem):
    """Somebody else was at it at the same moment. Nothing was changed: do it once more."""

    code = "same_moment"


class TooLarge(Problem):
    """What was sent is too large. Send it in smaller parts."""

    code = "too_large"
    status = 413
