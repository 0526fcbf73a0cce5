"""The spine: one row per business fact, and who reacts to it."""
