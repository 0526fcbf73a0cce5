"""Every view says who may open it. The list of rights itself is staff/access.py; these marks need no room."""

from django.contrib.auth.decorators import login_not_required


def mark(view, access: str):
    """Note on `view` who may open it; a test finds routes without a mark."""
    view.access = access
    return view


def signed_in(view):
    """Anybody of the staff may open this; LoginRequiredMiddleware asks them to sign in."""
    return mark(view, "signed in")


def open_to_all(why: str):
    """Nobody signs in for this; `why` says what protects it instead."""

    def open_it(view):
        return mark(login_not_required(view), f"open: {why}")

    return open_it
