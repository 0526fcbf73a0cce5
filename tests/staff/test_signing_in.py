"""Anna signs in, and strangers do not."""

import pytest
from django.urls import reverse

from tests.make import PASSWORD, make_anna

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def test_anna_signs_in_with_her_password(client):
    anna = make_anna()
    answer = client.post(LOGIN, {"login": anna.email.upper(), "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.url == "/"
    assert client.session["_auth_user_id"] == str(anna.pk)


def test_a_wrong_password_opens_nothing(client):
    answer = client.post(LOGIN, {"login": make_anna().email, "password": "guess, guess, guess"})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_signing_out_needs_a_post(client):
    client.force_login(make_anna())
    client.get(reverse("account_logout"))
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_there_is_no_open_sign_up(client):
    assert client.get("/accounts/signup/").status_code in (302, 404)
