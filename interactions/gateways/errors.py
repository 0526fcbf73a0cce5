"""What gateways raise. Every error says whether trying again can help."""


def in_one_line(said: str) -> str:
    """Return the outside's words as they can be stored and shown: one line, no NUL, no other control signs."""
    if said.isprintable():
        return said
    return " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())


class GatewayError(Exception):
    """The outside world, or what it sent us, is not as it must be; `str(error)` is for operators' eyes.

    permanent: True when the same call will fail again until a person changes something.
    """

    permanent = False

    def __init__(self, reason: str, *, permanent: bool | None = None) -> None:
        super().__init__(in_one_line(reason))
        if permanent is not None:
            self.permanent = permanent


class Unreachable(GatewayError):
    """No connection, or it went silent: try again later."""


class SignInRefused(GatewayError):
    """The server does not take our name and password (or needs an encrypted line)."""

    permanent = True


class Unreadable(GatewayError):
    """What was sent to us has the wrong shape; it will not get better."""

    permanent = True


class Unsigned(GatewayError):
    """A hook's signature is missing, wrong or too old."""

    permanent = True
