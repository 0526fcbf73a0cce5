"""Words for a reader: said now, or translated lazily when they are drawn."""

from django.utils.functional import Promise

Words = str | Promise
