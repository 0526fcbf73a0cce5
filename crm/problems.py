"""A rule said no, in words that a user may read."""


class Problem(Exception):
    """Raised by verbs when a rule refuses. Its text says what happened and what to do.

    `code` is stable and for machines; `status` is the HTTP status of the answer.
    Subclasses stand beside the verb that raises them.
    """

    code = "conflict"
    status = 409

    def __init__(self, words: str = "", **details: object) -> None:
        super().__init__(words or (self.__doc__ or "").strip().split("\n")[0])
        self.details = details


class Invalid(Problem):
    """What was sent does not fit. `details` names each field and what is wrong with it."""

    code = "invalid"
    status = 422
