"""What becomes of rows that point at one of two which are joined into one: five words, said by the model itself.

    class Task(models.Model):
        joins = {"customer": MOVES}

Said for each relation to a customer and to a model whose rows are folded or made anew when two customers are joined,
and for each column of ids without a foreign key. tests/test_joins.py asks every model; joining and parting read it.
"""

from enum import StrEnum


class Join(StrEnum):
    """The way of one column, when the row that it points at (the loser) becomes part of another one (the winner)."""

    MOVES = "moves"  # it points at the winner afterwards; which rows these were is kept, for parting
    # A unique key may collide: then the loser's row is kept aside and gone, the winner's takes from it what it lacks,
    # and what points at the loser's row moves to the winner's. Where nothing collides it moves.
    FOLDS = "folds"
    REMADE = "remade"  # worked out from other rows: never kept, made anew at joining and at parting
    STAYS = "stays"  # it tells what was: readers ask for all ids of the winner. And ids of what is never joined.
    REFUSES = "refuses"  # a row that ties the two together forbids to join them; any other moves


MOVES, FOLDS, REMADE, STAYS, REFUSES = Join
