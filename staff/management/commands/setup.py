"""manage.py setup: the organisation and its first administrator. Asks for what the options leave out."""

import sys
from argparse import ArgumentParser
from getpass import getpass

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.forms.models import construct_instance

from crm.problems import Problem
from staff import settling_in
from staff.forms import OrganisationForm
from staff.models import Organisation, User

# option, question, what is taken when the answer is empty (None: an answer is needed)
QUESTIONS = [
    ("name", "Name of the organisation", None),
    ("legal-name", "Legal name, as it stands in the register", None),
    ("legal-number", "VAT or register number (may be empty)", ""),
    ("postal-address", "Postal address, in one line", None),
    ("country", "Country, two letters (ISO 3166)", "IT"),
    ("currency", "Currency, three letters (ISO 4217)", "EUR"),
    ("time-zone", "Time zone", "Europe/Rome"),
    ("languages", "Languages of your customers, the fallback first (it, es, pt, en)", "en"),
    ("sender-name", "Name that mail comes from", None),
    ("sender-email", "Address that mail comes from", None),
    ("admin-name", "Your name, as the first administrator", None),
    ("admin-email", "Your e-mail address", None),
]


class Administrator(forms.Form):
    admin_name = forms.CharField(max_length=150)
    admin_email = forms.EmailField(max_length=254)


class Command(BaseCommand):
    help = "Make the organisation and its first administrator. Asks for what the options leave out; refuses when done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for option, question, default in QUESTIONS:
            parser.add_argument(f"--{option}", help=question + (f"; default {default}" if default else ""))
        parser.add_argument("--admin-password-stdin", action="store_true", help="Read the password from standard input")

    def handle(self, *args, **options) -> None:
        if settling_in.is_done():
            raise CommandError(str(settling_in.AlreadySetUp()))
        answers = {option.replace("-", "_"): self._answer(options, *rest) for option, *rest in _keyed()}
        organisation = self._organisation(answers)
        name, email = self._administrator(answers)
        password = self._password(options, User(name=name, email=email))
        try:
            settling_in.settle_in(organisation, name=name, email=email, password=password)
        except Problem as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{organisation.name} is ready. Sign in as {email}, then invite the others under Settings.")

    def _answer(self, options: dict, key: str, question: str, default: str | None) -> str:
        given = options.get(key)
        if given is None and sys.stdin.isatty():
            given = input(f"{question}{f' [{default}]' if default else ''}: ").strip()
        if given:
            return given
        if default is None:
            raise CommandError(f"--{key.replace('_', '-')} is missing: {question}.")
        return default

    def _organisation(self, answers: dict) -> Organisation:
        spoken = [code.strip() for code in answers["languages"].split(",") if code.strip()]
        given = {**answers, "languages": spoken, "fallback": spoken[0] if spoken else ""}
        form = OrganisationForm({**given, "cap_messages": 4, "cap_days": 30})
        self._demand(form)
        return construct_instance(form, Organisation(pk=1))

    def _administrator(self, answers: dict) -> tuple[str, str]:
        form = Administrator(answers)
        self._demand(form)
        email = form.cleaned_data["admin_email"].lower()
        if User.objects.filter(email=email).exists():
            raise CommandError(f"--admin-email: {email} works here already.")
        return form.cleaned_data["admin_name"], email

    def _demand(self, form: forms.BaseForm) -> None:
        if not form.is_valid():
            wrong = [
                f"--{name.replace('_', '-')}: {' '.join(words)}"
                for name, words in form.errors.items()
                if name != "fallback"  # no option: the first of the languages, told of there
            ]
            raise CommandError("\n".join(wrong))

    def _password(self, options: dict, user: User) -> str:
        if not options["admin_password_stdin"] and not sys.stdin.isatty():
            raise CommandError("Give the password on standard input, with --admin-password-stdin.")
        typed = sys.stdin.readline().rstrip("\n") if options["admin_password_stdin"] else getpass("Your password: ")
        try:
            validate_password(typed, user)
        except ValidationError as error:
            raise CommandError("Password: " + " ".join(error.messages)) from None
        return typed


def _keyed() -> list[tuple[str, str, str, str | None]]:
    return [(option, option.replace("-", "_"), question, default) for option, question, default in QUESTIONS]
