"""Texts for comparing, in the database: no capitals, no accents, as its function `folded` makes them.

The function stands in a migration of customers; what compares with it agrees: an index, a filter, a segment.
"""

from django.db.models import Func, TextField


class Folded(Func):
    """`folded(text)`: "Łódź" is "lodz"."""

    function = "folded"
    output_field = TextField()
