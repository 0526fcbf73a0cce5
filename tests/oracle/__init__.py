"""What those who see some customers read must not depend on the others: a house of two halves, and what is asked in it.

`house` builds it and changes the hidden half; `asking` asks every page, and says by what two answers differ.
"""
