from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CrmConfig(AppConfig):
    name = "crm"

    def ready(self) -> None:
        autodiscover_modules("checks", "contributions")
