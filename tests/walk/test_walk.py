"""The main job, end to end, with real processes: from a file of customers to an answered campaign and a logged call."""

import json
import os
import re
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect
from standardwebhooks import Webhook

from tests.walk import replies
from tests.walk.stage import ADMINISTRATOR, PASSWORD, SETUP, Stage

AGENT = "anna@meridiana.example"
SEGMENT, CAMPAIGN = "Italian friends", "Spring tasting"
SUBJECT = "{{ first_name }}, è primavera"
BODY = "Caro {{ first_name | default: 'amico' }},\n\nil caffè nuovo è arrivato."
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Files:
    """Two files and what is in them: people and purchases that must land, the purchases' worth in cents."""

    people: Path
    purchases: Path
    customers: int
    lines: int
    worth_cents: int
    skipped_people: int = 0
    skipped_purchases: int = 0
    same_people: int = 0
    spent: int = 20  # the segment asks for so much


SMALL = Files(
    HERE / "files/people.csv", HERE / "files/purchases.csv", customers=61, lines=94, worth_cents=3_031_070,
    skipped_people=1, skipped_purchases=2, same_people=1,
)  # fmt: skip


def real() -> Files:
    folder = Path(os.environ["FILO_REAL_DATA"]) / "purchases"
    return Files(
        folder / "cdnow_people.csv", folder / "cdnow.csv", customers=23_570, lines=69_659, worth_cents=250_031_563,
        spent=300,
    )  # fmt: skip


@pytest.mark.timeout(400)  # fifteen seconds of work; Filo's start alone takes minutes on a machine that others use too
def test_from_a_file_to_an_answer(stage, browse):
    walk_it(stage, browse, SMALL)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.skipif("FILO_REAL_DATA" not in os.environ, reason="FILO_REAL_DATA names no folder")
def test_from_the_real_files_to_an_answer(stage, browse):
    walk_it(stage, browse, real())


def walk_it(stage: Stage, browse, files: Files) -> None:
    gianna = browse()
    gianna.sign_in(ADMINISTRATOR, PASSWORD)
    bring_in(stage, gianna, files)
    gianna.invite(AGENT, "Anna Bruno", "agent")
    again(stage, gianna, files)
    anna = browse()
    anna.join(link_of(stage, AGENT), PASSWORD)
    count = send_campaign(stage, gianna, files)
    answered = answer(stage)
    unsubscribe(next(one for one in sent_mails(stage) if one["To"] not in {mail["To"] for mail in answered.values()}))
    read_the_answers(stage, anna, answered)
    expect(gianna.page.locator("#progress")).to_contain_text(f"{count:,} of {count:,} sent")
    gianna.page.reload()
    gianna.shot("results")
    assert (gianna.figure("Answered"), gianna.figure("Unsubscribed"), gianna.figure("Sent")) == (2, 1, count)
    take_a_call(stage, anna, next(iter(answered.values())))


# ---- files come in


def bring_in(stage: Stage, walk, files: Files) -> None:
    """Every row lands once, what cannot is listed, and the sums on screen and in the rows are the file's."""
    walk.begin_import(files.people, "People", "shop")
    people = walk.imported()
    assert (people.new, people.same, people.skipped) == (files.customers, files.same_people, files.skipped_people)
    assert stage.one("SELECT count(*) FROM customers_customer") == files.customers
    walk.begin_import(files.purchases, "Purchases", "shop")
    bought = walk.imported()
    assert (bought.new, bought.same, bought.skipped) == (files.lines, 0, files.skipped_purchases)
    assert re.sub(r"[^\d.]", "", bought.worth) == f"{files.worth_cents / 100:.2f}", bought.worth
    assert stage.rows(PURCHASED) == [(files.lines, files.worth_cents)]


PURCHASED = "SELECT count(*), sum(amount_cents)::bigint FROM sales_purchase"


def again(stage: Stage, walk, files: Files) -> None:
    """The same file a second time changes nothing."""
    before = stage.rows("SELECT xmin::text, id FROM sales_purchase ORDER BY id")
    walk.begin_import(files.purchases, "Purchases", "shop")
    bought = walk.imported()
    assert (bought.new, bought.same, bought.skipped) == (0, files.lines, files.skipped_purchases)
    assert stage.rows("SELECT xmin::text, id FROM sales_purchase ORDER BY id") == before


# ---- a campaign leaves


def send_campaign(stage: Stage, walk, files: Files) -> int:
    """Build the segment, write, launch; return how many it went to, after checking one mail as it arrived."""
    stage.wait_for(lambda: stage.one("SELECT count(*) FROM customers_touched") == 0, 60, "the profiles")
    assert walk.build_segment(SEGMENT, spent=files.spent) == stage.one(FRIENDS, files.spent * 100)
    count = walk.write_campaign(CAMPAIGN, segment=SEGMENT, subject=SUBJECT, body=BODY)
    walk.launch(count)
    walk.await_sent(count)
    walk.shot("sent")
    arrived = sent_mails(stage)
    assert len(arrived) == len({str(mail["Message-ID"]) for mail in arrived}) == count > 2
    check_mail(stage, arrived[0])
    return count


FRIENDS = """
SELECT count(*) FROM customers_customer c WHERE c.language = 'it'
AND EXISTS (SELECT FROM customers_consentstate s WHERE s.customer_id = c.id AND s.purpose = 'offers'
    AND s.channel = 'email' AND s.is_given)
AND (SELECT sum(amount_cents) FROM sales_purchase p WHERE p.account_id = c.account_id) >= %s
"""


def sent_mails(stage: Stage) -> list[EmailMessage]:
    return [mail for mail in stage.mails() if "List-Unsubscribe" in mail]


def check_mail(stage: Stage, mail: EmailMessage) -> None:
    """What RFC 8058, RFC 5322 and the law want of it, and our own way back."""
    address = str(mail["To"].addresses[0].addr_spec)
    name = stage.one(FIRST_NAME, address)
    assert str(mail["Subject"]) == f"{name}, è primavera"
    text = mail.get_body(preferencelist=("plain",)).get_content()
    html = mail.get_body(preferencelist=("html",)).get_content()
    for part in (text, html):
        assert f"Caro {name}," in part and "il caffè nuovo è arrivato." in part
        assert SETUP["legal-name"] in part and "Via Roma 1" in part and SETUP["legal-number"] in part
        assert f"{stage.url}/p/" in part
    assert re.fullmatch(rf"<{stage.url}/p/[^>]+/unsubscribe/>", str(mail["List-Unsubscribe"]))
    assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    token = str(mail["Reply-To"].addresses[0].addr_spec)
    assert re.fullmatch(rf"reply\+[a-z2-7.]+@{settings.MAIL_DOMAIN}", token) and len(token.partition("@")[0]) <= 64
    assert str(mail["Message-ID"]).strip().endswith(f"@{settings.MAIL_DOMAIN}>")
    assert mail["From"].addresses[0].addr_spec == SETUP["sender-email"] and mail["Date"]


FIRST_NAME = """
SELECT c.first_name FROM customers_customer c JOIN customers_contactpoint p ON p.customer_id = c.id
WHERE p.value = lower(%s)
"""


def link_of(stage: Stage, address: str) -> str:
    """Return the link in the last mail to this address."""
    stage.wait_for(lambda: stage.mail_to(address), 20, "the invitation")
    mail = stage.mail_to(address)
    assert mail
    found = re.search(rf"{stage.url}/\S+", mail.get_body(preferencelist=("plain",)).get_content())
    assert found
    return found.group()


# ---- customers answer


def answer(stage: Stage) -> dict[str, EmailMessage]:
    """Two of those with a phone answer, one by Gmail, one by Outlook; return what they wrote → what they answered."""
    callers = {row[0] for row in stage.rows(WITH_PHONE)}
    first, second = [mail for mail in sent_mails(stage) if mail["To"].addresses[0].addr_spec.lower() in callers][:2]
    words = {"Che bello, ne vorrei due chili!": (first, replies.gmail),
             "Grazie, ma quando arriva in negozio?": (second, replies.outlook)}  # fmt: skip
    for said, (mail, program) in words.items():
        replies.send(program(mail, said), stage.smtp)
    return {said: mail for said, (mail, _program) in words.items()}


WITH_PHONE = """
SELECT e.value FROM customers_contactpoint e JOIN customers_contactpoint p USING (customer_id)
WHERE e.channel = 'email' AND p.channel = 'phone' AND NOT p.is_shared AND NOT e.is_shared
"""


def unsubscribe(mail: EmailMessage) -> None:
    """As the reader's mail program does it (RFC 8058)."""
    url = str(mail["List-Unsubscribe"]).strip("<>")
    with urllib.request.urlopen(url, data=b"List-Unsubscribe=One-Click", timeout=30) as answer:
        assert answer.status == 200


def read_the_answers(stage: Stage, anna, answered: dict[str, EmailMessage]) -> None:
    """Each answer begins a conversation: our message, then their words without what they quoted."""
    arrived = "SELECT count(*) FROM interactions_interaction WHERE direction = 'in' AND kind = 'message'"
    stage.wait_for(lambda: stage.one(arrived) == len(answered), 60, "the answers")
    for said, mail in answered.items():
        name = stage.one(WHOLE_NAME, str(mail["To"].addresses[0].addr_spec))
        entries = anna.open_conversation(name)
        assert len(entries) == 2, entries
        assert str(mail["Subject"]) in entries[0] or "il caffè nuovo" in entries[0], entries[0]
        assert said in entries[1] and "il caffè nuovo è arrivato" not in entries[1], entries[1]
        assert stage.rows(CONVERSATION, said) == [("out", "campaign"), ("in", "")]


WHOLE_NAME = FIRST_NAME.replace("c.first_name", "c.name")
CONVERSATION = """
SELECT direction, origin FROM interactions_interaction WHERE conversation_id =
    (SELECT conversation_id FROM interactions_interaction WHERE words = %s) ORDER BY occurred_at, id
"""


# ---- the phone rings


def take_a_call(stage: Stage, anna, mail: EmailMessage) -> None:
    """The customer who answered calls: the console shows where they left off, and the call is logged by keyboard."""
    address = str(mail["To"].addresses[0].addr_spec)
    name, number = stage.one(WHOLE_NAME, address), stage.one(NUMBER, address)
    anna.page.goto("/console/")
    anna.page.get_by_role("button", name="I am available").click()  # who has just joined is away
    expect(anna.page.get_by_role("heading", name="Nobody is calling")).to_be_visible()
    ring(stage, number)
    took = anna.await_call(name, "Che bello, ne vorrei due chili!")
    assert took < (2 if is_idle() else 8), f"the card took {took:.1f} s"
    anna.log_call("wants two kilos")
    stage.wait_for(lambda: stage.one(CALLED) is not None, 10, "the call's row")
    assert stage.rows(CALLED) == [("wants two kilos", 3)]


NUMBER = """
SELECT p.value FROM customers_contactpoint p JOIN customers_contactpoint e USING (customer_id)
WHERE p.channel = 'phone' AND e.value = lower(%s)
"""
CALLED = """
SELECT i.words, (SELECT count(*) FROM interactions_interaction o WHERE o.conversation_id = i.conversation_id)
FROM interactions_interaction i WHERE i.kind = 'call'
"""


def is_idle() -> bool:
    """Nobody else wants this machine's processors."""
    return os.getloadavg()[0] <= (os.cpu_count() or 1)


def ring(stage: Stage, number: str) -> None:
    body = json.dumps({"call": "walk-1", "state": "ringing", "from": number, "to": "+390811234567", "agent": AGENT,
                       "at": datetime.now(UTC).isoformat()})  # fmt: skip
    at = datetime.now(UTC)
    signature = Webhook(settings.HOOK_SECRET.removeprefix("whsec_")).sign("walk-1", at, body)
    headers = {"webhook-id": "walk-1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    request = urllib.request.Request(f"{stage.url}/hooks/calls/", body.encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
