"""Every component, light and dark, wide and on a phone."""

import pytest

from crm import shell
from staff.roles import Role
from tests.browser.looking import assert_accessible, look
from tests.make import make_user

PLACES = [("Today", "sun", "T", True), ("Conversations", "inbox", "I", True), ("Customers", "users", "U", True)]


@pytest.fixture
def places(monkeypatch):
    """A navigation of its own, so that these tests need no room but staff."""
    monkeypatch.setattr(shell, "_places", {})
    monkeypatch.setattr(shell, "_commands", {})
    for order, (label, icon, key, on_phone) in enumerate(PLACES):
        fields = {"label": label, "icon": icon, "key": key, "on_phone": on_phone, "order": order}
        shell.place(label, url_name="gallery", right="today.view", count=lambda request: 7, **fields)
    shell.place("Segments", label="Segments", icon="layers", url_name="gallery", right="today.view", group="Market")
    shell.place("Settings", label="Settings", icon="settings", url_name="gallery", right="today.view", group="Settings")
    shell.command(
        "customer", label="New customer", icon="user-plus", url_name="gallery", right="today.view", is_new=True
    )
    shell.command("segment", label="New segment", icon="layers", url_name="gallery", right="today.view", is_new=True)
    shell._finders[:], before = [_find], list(shell._finders)
    yield
    shell._finders[:] = before


def _find(request, text):
    rows = [("Mira Kovač", "+39 089 555 0147"), ("Maria Castelnuovo", "maria@example.com")]
    return [
        shell.PaletteRow(name, f"/gallery/#{name}", meta=meta) for name, meta in rows if text.lower() in name.lower()
    ]


@pytest.fixture
def anna(db, transactional_db, sign_in):
    anna = make_user("Anna Bianchi", Role.ADMINISTRATOR)
    sign_in(anna)
    return anna


def test_every_component_is_accessible_and_fits(page, anna, places):
    page.goto("/gallery/")
    assert_accessible(page)
    look(page, "gallery")


@pytest.mark.long
def test_a_stranger_sees_the_components_without_the_shell(page, transactional_db):
    page.goto("/gallery/")
    assert page.get_by_role("heading", level=1).text_content() == "Components"
    assert page.locator("nav.nav").count() == 0
