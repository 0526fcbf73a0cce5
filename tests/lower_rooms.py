"""Draws the customer page with the rooms that FILO_ROOMS_UP_TO leaves; test_architecture imports it."""

from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from customers import intake
from staff.models import User
from staff.roles import Role


def draw() -> None:
    """Leaves nothing in the database. Raises AssertionError if the page is not drawn."""
    call_command("check")
    with transaction.atomic():
        anna = User.objects.create_user("anna@example.com", "a long enough password", name="Anna", role=Role.AGENT)
        mira, _made = intake.register(intake.Person(name="Mira Kovač"), source="test", by=anna)
        client = Client(headers={"host": "localhost"})
        client.force_login(anna)
        answer = client.get(reverse("customers:page", args=[mira.pk]))
        transaction.set_rollback(True)
    assert answer.status_code == 200, answer.status_code
    assert "Mira Kovač" in answer.content.decode()
