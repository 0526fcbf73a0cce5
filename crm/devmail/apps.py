from django.apps import AppConfig


class DevmailConfig(AppConfig):
    name = "crm.devmail"
    verbose_name = "Development mailbox"
