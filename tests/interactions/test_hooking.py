"""The door of the channels' hooks: whoever registers there is handed what was posted, and the door does the rest."""

import pytest

from crm.events.models import Setback
from interactions import carriers, hooking
from interactions.gateways.errors import Unreadable, Unsigned
from tests.interactions import telegraph

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def taken(db):
    """What was posted to /hooks/chat/incoming/; `taken.raises` is raised there once."""
    with telegraph.hook("chat", "incoming") as taken:
        yield taken


def post(client, body="a=1", url="/hooks/chat/incoming/", kind=FORM, **more):
    client.raise_request_exception = False
    return client.post(url, body, content_type=kind, **more)


def test_who_registered_is_handed_what_was_posted_and_says_what_is_answered(client, settings, taken):
    settings.PUBLIC_URL = "https://filo.example"
    answer = post(client, "From=%2B39089&Body=a%ED%A0%80+b&Empty=", url="/hooks/chat/incoming/?m=7%3A", HTTP_X_SIGN="s")
    (posted,) = taken
    assert posted.url == "https://filo.example/hooks/chat/incoming/?m=7%3A" and posted.headers["x-sign"] == "s"
    assert posted.body == b"From=%2B39089&Body=a%ED%A0%80+b&Empty="
    assert (answer.status_code, answer["Content-Type"], answer.content) == (201, "text/xml", b"<Response/>")


@pytest.mark.parametrize("query", ["a=x|y&b[]={1}", 'q="x"', "t=perché", "a=%7c+%20&", "a='&=&&"])
@pytest.mark.parametrize("path", ["/hooks/chat/incoming/", "/hooks/chat/incoming"])
def test_an_address_is_handed_on_letter_for_letter_with_its_last_slash_or_without(client, settings, taken, path, query):
    settings.PUBLIC_URL = "https://filo.example"
    assert post(client, url=path, QUERY_STRING=query.encode().decode("latin-1")).status_code == 201
    assert taken[0].url == f"https://filo.example{path}?{query}"


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Unsigned("The signature is missing."), 401, "unsigned"),
        (Unreadable("No number in it."), 422, "unreadable"),
        (hooking.HooksAreOff(), 503, "no_secret"),
    ],
)
def test_what_is_refused_is_said_in_words_and_noted_nowhere(client, taken, raised, status, code):
    taken.raises = raised
    answer = post(client)
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (status, code, str(raised))
    assert not Setback.objects.exists()


def test_what_it_did_not_foresee_is_noted_and_over_once_it_was_taken_after_all(client, taken):
    taken.raises = KeyError("x")
    assert post(client).status_code == 500
    noted = Setback.objects.get()
    assert noted.deed == "hook" and noted.key.startswith("chat incoming ") and "KeyError" in noted.trouble
    assert post(client).status_code == 201 and not Setback.objects.exists()


def test_whom_the_database_stopped_for_somebody_else_takes_it_once_more(client, taken):
    taken.raises = telegraph.DEADLOCK
    assert post(client).status_code == 201 and len(taken) == 1 and not Setback.objects.exists()


def test_only_what_somebody_takes_is_let_in_and_no_more_than_they_take(client, taken, monkeypatch):
    assert [post(client, url=f"/hooks/{place}/").status_code for place in ("chat/other", "visit/incoming")] == [404] * 2
    assert client.get("/hooks/chat/incoming/").status_code == 405
    assert post(client, "a=" + "1" * hooking.MOST_BYTES).status_code == 413
    monkeypatch.setitem(carriers._every, "chat", telegraph.NotSetUp)
    assert (answer := post(client)).status_code == 503 and answer.json()["code"] == "not_set_up"
    assert taken == []
    with pytest.raises(ValueError, match="No channel"):
        hooking.hook("smoke", "incoming")
