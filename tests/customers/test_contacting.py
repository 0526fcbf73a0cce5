"""Two change the addresses of one customer at the same moment: both are done, nobody has to try again."""

import pytest

from customers import contacting, stopping
from customers.models import ConsentState, ContactPoint
from tests import make
from tests.racing import held

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def first_and_second():
    mira = make.make_mira(phone=None, email="first@example.com")
    make.make_contact_point(mira, "second@example.com")
    return list(mira.contact_points.order_by("pk"))


def hold(point):
    return lambda: ContactPoint.objects.select_for_update().get(pk=point.pk)


def test_two_prefer_each_another_address(first_and_second):
    first, second = first_and_second
    with held(hold(first)) as start:
        deeds = [start(lambda point=point: contacting.prefer(point, by=None)) for point in (second, first)]
    for deed in deeds:
        deed.result()
    assert ContactPoint.objects.filter(is_first_choice=True).count() == 1


def test_the_first_one_is_preferred_again_while_it_goes(first_and_second):
    first, second = first_and_second
    contacting.prefer(second, by=None)
    second.refresh_from_db()
    with held(hold(first)) as start:
        deeds = [start(lambda: contacting.prefer(second, by=None)), start(lambda: contacting.remove(second, by=None))]
    for deed in deeds:
        deed.result()
    assert ContactPoint.objects.get().is_first_choice


def test_a_number_that_says_stop_while_somebody_gets_it_is_refused_for_them():
    petar, number = make.make_customer("Petar Kovač"), "+393335550192"

    def stop():
        stopping.withdraw_at(number, "sms", source="stop")

    with held(stop) as start:
        given = start(lambda: contacting.add(petar, "phone", number, by=None))
        again = start(stop)
    given.result(), again.result()
    assert ConsentState.objects.filter(customer=petar, channel="sms", is_given=False).count() == 2
