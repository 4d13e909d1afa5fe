"""From a ranking to whom to ask: an exact choice within a budget or for a target, how sure it is, and what it is held against."""
