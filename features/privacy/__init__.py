"""Opt-out, pseudonyms, forgetting a person, and data without its texts."""
