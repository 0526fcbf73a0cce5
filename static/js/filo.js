// Starts every behaviour on the page, and again on whatever htmx swaps in.
