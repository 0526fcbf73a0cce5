"""The settings of a demo with one page more: the trivial view that everything is compared with."""

from crm.settings import *  # noqa: F403

ROOT_URLCONF = "bench._urls"
