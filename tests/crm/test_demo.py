"""The demo company: the same story each time, told once, and true to the rules of the house."""

import pytest
from django.core.management import call_command
from django.db.models import Count
from django.forms.models import model_to_dict

from campaigns.models import Campaign, Recipient
from customers import searching
from customers.models import Customer
from insights.models import Segment
from interactions import recognising, thread
from interactions.models import Conversation, Interaction, Task
from sales.models import Purchase
from staff.models import User


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """The company, loaded once for this file and taken away after it."""
    with django_db_blocker.unblock():
        call_command("demo", verbosity=0)
        yield
        call_command("demo", "--empty", verbosity=0)


def numbers():
    nouns = (Customer, Purchase, Interaction, Conversation, Task, Segment, Campaign, Recipient, User)
    return {noun.__name__: noun.objects.count() for noun in nouns}


@pytest.mark.django_db
def test_it_is_whole_and_a_second_telling_changes_nothing(told):
    before = numbers()
    assert 380 <= before["Customer"] <= 460 and before["Purchase"] > 2_000 and before["Interaction"] > 800
    call_command("demo", verbosity=0)
    assert numbers() == before


@pytest.mark.django_db
def test_the_caller_of_the_pictures_is_recognised_with_her_thread(told):
    found = recognising.recognise("+39 089 555 0147")
    assert found.customer.name == "Maria Giovanna Castelnuovo-Tedesco"
    promises = Task.objects.open().filter(customer=found.customer)
    assert promises.filter(what__startswith="Send two 250 g bags").exists() and promises.late().exists()
    assert Conversation.objects.open().filter(customer=found.customer, is_complaint=True).exists()
    assert len(recognising.recognise("+39 081 555 0180").matches) == 3


@pytest.mark.django_db
def test_one_of_them_pays_in_pounds_and_counts_in_euro(told):
    in_pounds = Purchase.objects.filter(currency="GBP")
    assert {one.account.name for one in in_pounds.select_related("account")} == {"The Old Rectory"}
    assert all(one.base_cents > one.amount_cents for one in in_pounds)
    assert not Purchase.objects.filter(base_cents=None).exists()


@pytest.mark.long
@pytest.mark.django_db
def test_what_was_told_in_bulk_has_the_cards_that_the_doors_would_have_left(told):
    everyday = Conversation.objects.filter(interaction_count=2).exclude(interactions__origin="campaign")[:200]
    assert len(everyday) == 200
    for conversation in everyday:
        before = model_to_dict(conversation)
        thread.redraw(conversation)
        assert model_to_dict(conversation) == before


@pytest.mark.django_db
def test_nobody_who_refused_was_written_to(told):
    campaign = Campaign.objects.get(status="finished")
    written = Recipient.objects.filter(campaign=campaign, reason="").values("customer")
    assert 100 < written.count() == campaign.recipient_count
    assert not Customer.objects.filter(
        pk__in=written, consents__purpose="offers", consents__is_given=False, consents__source="demo"
    ).exists()


@pytest.mark.django_db
def test_everybody_can_be_found_and_has_a_keeper_who_works_here(told):
    administrator = User.objects.get(role="administrator")
    assert not Customer.objects.filter(search_terms=None).exists()
    assert not Customer.objects.filter(keeper=None).exists()
    one = Customer.objects.order_by("?").first()
    assert one.pk in [hit.customer_id for hit in searching.find(one.name, administrator, 50)]


@pytest.mark.django_db
def test_no_address_has_two_owners_unless_it_is_shared(told):
    twice = Customer.objects.filter(contact_points__is_shared=False).values(
        "contact_points__channel", "contact_points__value", "contact_points__system"
    )
    assert not twice.annotate(n=Count("pk")).filter(n__gt=1).exists()
