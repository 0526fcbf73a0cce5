"""Anna signs in, and strangers do not."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from crm.events.jobs import react
from crm.events.models import Wakeup
from tests.make import PASSWORD, make_anna

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
PAGE = "http://testserver/conversations/7/?whose=mine#newest"
BACK = "/accounts/login/?next=/conversations/7/%3Fwhose%3Dmine"
GUESSES = 10  # wrong passwords a minute from one address, of whatever account


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


@pytest.mark.django_db(transaction=True)
def test_a_stranger_who_forgot_a_password_gets_no_mail_and_learns_nothing(client, mailoutbox, run_jobs):
    anna = make_anna()
    ours = client.post(reverse("account_reset_password"), {"email": anna.email})
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [[anna.email]]
    strangers = client.post(reverse("account_reset_password"), {"email": "victim@example.com"})
    run_jobs()
    assert len(mailoutbox) == 1
    assert (strangers.status_code, strangers.url) == (ours.status_code, ours.url)


@pytest.mark.django_db(transaction=True)
def test_nor_while_our_mail_server_is_down_and_anna_gets_it_later(client, settings, run_jobs, mailoutbox, time_machine):
    usual = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    anna = make_anna(language="it")
    answers = [
        client.post(reverse("account_reset_password"), {"email": email}) for email in (anna.email, "x@example.com")
    ]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, answers[0].url)}
    run_jobs()
    settings.EMAIL_BACKEND = usual
    owed = Wakeup.objects.get(done_at=None)
    time_machine.move_to(owed.due_at)
    react(owed.pk)
    assert [letter.to for letter in mailoutbox] == [[anna.email]] and "Filo" in mailoutbox[0].subject


@pytest.mark.django_db(transaction=True)
def test_who_forgot_a_password_chooses_a_new_one_by_the_link_once(client, mailoutbox, run_jobs):
    anna = make_anna()
    client.post(reverse("account_reset_password"), {"email": anna.email.upper()})
    run_jobs()
    link = re.search(r"http://localhost:8000(/\S+)", mailoutbox[0].body)[1]
    form = client.get(link, follow=True)
    new = "a rather different sentence"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    anna.refresh_from_db()
    assert anna.check_password(new)
    assert "password1" not in Client().get(link, follow=True).content.decode()


def guess(client, number, **request):
    """Give a wrong password; return whether it was looked at."""
    answer = client.post(LOGIN, {"login": f"nobody-{number}@example.com", "password": "guess, guess"}, **request)
    return b"Too many failed" not in answer.content


def test_who_guesses_cannot_hide_behind_a_forged_address(client):
    tried = [guess(client, number, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}") for number in range(GUESSES + 3)]
    assert tried == [True] * GUESSES + [False] * 3


def test_who_guesses_behind_our_proxy_stops_nobody_else(client, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    proxy = {"REMOTE_ADDR": "10.0.0.2"}
    for number in range(GUESSES + 3):  # what stands before the proxy's own word is the guesser's
        forged = f"203.0.113.{number}, 198.51.100.7"
        assert guess(client, number, HTTP_X_FORWARDED_FOR=forged, **proxy) == (number < GUESSES)
    anna = make_anna()
    signed_in = client.post(
        LOGIN, {"login": anna.email, "password": PASSWORD}, HTTP_X_FORWARDED_FOR="192.0.2.44", **proxy
    )
    assert signed_in.status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_part_is_answered_401_and_its_notice_leads_back_to_the_page(client, method):
    asked = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": PAGE}
    answer = getattr(client, method)(reverse("interactions:words", args=[7]), **asked)
    assert (answer.status_code, answer["HX-Retarget"]) == (401, "#notices")
    assert f'href="{BACK}"' in answer.content.decode() and "<html" not in answer.content.decode()


def test_a_form_of_a_lost_session_leads_back_to_its_page_never_to_where_it_posts(client):
    words = reverse("interactions:words", args=[7])
    assert client.post(words, HTTP_REFERER=PAGE).url == BACK
    assert client.post(words, HTTP_REFERER="https://elsewhere.example/").url == "/accounts/login/?next=/"
    assert client.get("/conversations/?whose=mine").url == "/accounts/login/?next=/conversations/%3Fwhose%3Dmine"


def test_a_part_of_a_page_older_than_the_sign_in_says_what_to_do():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_anna())
    asked = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": PAGE}
    answer = client.post(reverse("interactions:words", args=[7]), **asked)
    assert (answer.status_code, answer["HX-Retarget"]) == (403, "#notices")
    assert 'href="/conversations/7/?whose=mine"' in answer.content.decode()
