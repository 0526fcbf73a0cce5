"""What one of us writes down is refused in words where nobody could read it again."""

import pytest

from crm.problems import Invalid
from interactions import noting
from interactions.models import Interaction
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("said", [{"channel": "pigeon"}, {"direction": "sideways"}])
def test_there_are_no_other_channels_and_directions(said):
    mira, anna = make.make_mira(), make.make_anna()
    with pytest.raises(Invalid):
        noting.log("message", words="Hello", by=anna, customer=mira, **said)
    assert not Interaction.objects.exists()


def test_a_sign_that_no_column_holds_is_left_out():
    mira, anna = make.make_mira(), make.make_anna()
    touch = noting.log("message", words="He\x00llo", subject="Gr\x00inder", by=anna, customer=mira)
    assert (touch.words, touch.subject) == ("Hello", "Grinder")
