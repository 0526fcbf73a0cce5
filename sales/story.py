"""Three years of Meridiana's sales: each account in its own rhythm."""

from datetime import timedelta
from decimal import Decimal

from crm.demo import Story
from customers.models import Customer
from sales import exchanging, recording
from sales.recording import Line

PRODUCTS = [
    ("Costiera blend, 1 kg", 2_490),
    ("Notturno decaf, 250 g", 890),
    ("Single origin Huila, 500 g", 1_650),
    ("Espresso cups, six", 3_900),
    ("Grinder service", 12_000),
]
STERLING = [(1_200, "1.15"), (400, "1.17"), (90, "1.16")]  # (days ago, what a pound is worth in euro since)
IN_POUNDS = "The Old Rectory"


def tell(story: Story) -> None:
    """Record what accounts bought, through the one door; an inn in Bath pays in pounds."""
    for days, rate in STERLING:
        exchanging.set_rate("GBP", from_on=story.now.date() - timedelta(days=days), rate=Decimal(rate))
    dice, lines = story.dice, []
    for account in Customer.objects.accounts().order_by("pk"):
        if dice.random() < 0.12:
            continue  # never bought yet
        rhythm = dice.choice([14, 21, 30, 45, 90]) if account.kind == "company" else dice.choice([60, 90, 180])
        day = story.now.date() - timedelta(days=dice.randint(200, 1_090))
        last = story.now.date() - timedelta(days=dice.choices([1, 190, 400], weights=[75, 15, 10])[0])
        order = 0
        while day <= last:
            order += 1
            for name, cents in dice.sample(PRODUCTS[:4], dice.randint(1, 2)):
                count = dice.randint(1, 8 if account.kind == "company" else 2)
                lines.append(
                    Line(
                        purchased_on=day,
                        amount_cents=cents * count,
                        currency="GBP" if account.name == IN_POUNDS else "EUR",
                        customer_id=account.pk,
                        quantity=Decimal(count),
                        product=name,
                        order_ref=f"{account.pk}-{order}",
                    )
                )
            day += timedelta(days=max(5, int(dice.gauss(rhythm, rhythm / 4))))
    recorded = recording.record_many(lines, source="demo", system="shop")
    story.say(f"    {recorded.made} purchases")
