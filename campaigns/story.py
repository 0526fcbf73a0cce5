"""A campaign of Meridiana that is finished, with answers, and one that is being written."""

from datetime import timedelta

from campaigns import audience, drafting, launching, results, sending
from campaigns.models import Campaign, Recipient
from crm.demo import Story
from customers import consenting
from insights.models import Segment
from interactions.models import Conversation, Interaction, Message

SPRING = {
    "it": (
        "{{ first_name | default: 'Buongiorno' }}, il decaffeinato che sa di caffè",
        "Gentile {{ name | default: 'cliente' }},\n\nce lo avete chiesto in tanti: un decaffeinato per dopo cena. "
        "**Notturno** è pronto.\n\nVuole assaggiarlo? Risponda a questa mail e le mandiamo due sacchetti.\n\nMeridiana",
    ),
    "es": (
        "{{ first_name | default: 'Hola' }}, un descafeinado que sabe a café",
        "Hola {{ first_name | default: '' }}:\n\n**Notturno** ya está aquí. ¿Le enviamos una muestra? "
        "Basta con responder a este correo.\n\nMeridiana",
    ),
    "pt": (
        "{{ first_name | default: 'Olá' }}, um descafeinado que sabe a café",
        "Olá {{ first_name | default: '' }},\n\no **Notturno** chegou. Enviamos-lhe uma amostra? Basta responder.\n\nMeridiana",
    ),
    "en": (
        "{{ first_name | default: 'Hello' }}, a decaf for after dinner",
        "Dear {{ first_name | default: 'friend' }},\n\nmany of you asked for it: **Notturno**, a decaf that tastes of coffee."
        "\n\nShall we send you two bags to try? Just answer this mail.\n\nMeridiana",
    ),
}  # fmt: skip
ANSWERS = {
    "it": "Volentieri, due sacchetti per la colazione. Grazie!",
    "es": "Sí, por favor, a la dirección del hotel.",
    "pt": "Sim, gostava muito de provar.",
    "en": "Yes please, and do you have it ground for filter?",
}


def tell(story: Story) -> None:
    """Write, launch and queue it through the doors; then tell it as if it had been sent six weeks ago."""
    author = story.made["users"]["Elena Ricci"]
    campaign = _written(author)
    launching.launch(campaign, by=author)
    audience.freeze(campaign)
    while sending.next_batch(campaign.pk):
        pass
    _sent(story, campaign)
    draft = drafting.create(
        name="Barista days in May", by=author, segment=Segment.objects.get(name="Good Italian customers")
    )
    drafting.write(draft, "it", subject="Una giornata da barista, da noi", body="Gentile {{ name }},\n\n")


def _written(author) -> Campaign:
    segment = Segment.objects.get(name="Allow offers by e-mail")
    campaign = drafting.create(name="Notturno, a decaf for after dinner", by=author, segment=segment)
    for language, (subject, body) in SPRING.items():
        drafting.write(campaign, language, subject=subject, body=body)
    campaign.refresh_from_db()
    return campaign


def _sent(story: Story, campaign: Campaign) -> None:
    at = story.now - timedelta(days=42)
    messages = list(
        Message.objects.filter(origin="campaign", origin_id=campaign.pk).select_related("customer", "wording")
    )
    for number, message in enumerate(messages):
        sent_at = at + timedelta(seconds=number)
        touch = Interaction.objects.create(
            customer=message.customer, channel="email", direction="out", occurred_at=sent_at,
            to_address=message.to_address, subject=campaign.name, language=message.wording.language if message.wording else "",
            words=campaign.name, origin="campaign", origin_id=campaign.pk,
        )  # fmt: skip
        Message.objects.filter(pk=message.pk).update(
            status="sent", sent_at=sent_at, created_at=at, due_at=at, interaction=touch
        )
        if number % 17 == 3:
            _answered(story, campaign, message, touch, sent_at)
        if number % 53 == 9 and message.customer:
            consenting.withdraw(
                message.customer, "offers", "email", source="unsubscribe", at=sent_at + timedelta(hours=3)
            )
            Recipient.objects.filter(campaign=campaign, customer=message.customer).update(unsubscribed_at=sent_at)
    Campaign.objects.filter(pk=campaign.pk).update(
        status="finished", launched_at=at, finished_at=at + timedelta(minutes=3), created_at=at - timedelta(days=2)
    )
    campaign.refresh_from_db()
    results.count(campaign)
    story.say(f"    a campaign to {len(messages)}")


def _answered(story: Story, campaign: Campaign, message: Message, touch: Interaction, sent_at) -> None:
    customer, at = message.customer, sent_at + timedelta(hours=story.dice.randint(1, 60))
    assert customer, "a campaign writes to customers only"
    words = ANSWERS.get(customer.language, ANSWERS["en"])
    place = Conversation.objects.create(
        customer=customer, subject=campaign.name, opened_at=sent_at, touched_at=at, team=customer.team, owner=customer.keeper,
        status="settled", settled_at=at + timedelta(days=1), settled_by=customer.keeper, their_words=words,
        their_channel="email", their_at=at, interaction_count=2,
    )  # fmt: skip
    Interaction.objects.filter(pk=touch.pk).update(conversation=place)
    Interaction.objects.create(
        customer=customer, conversation=place, channel="email", direction="in", occurred_at=at, words=words,
        subject=f"Re: {campaign.name}", language=customer.language,
    )  # fmt: skip
    Recipient.objects.filter(campaign=campaign, customer=customer).update(answered_at=at)
