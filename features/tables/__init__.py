"""The tables a user brings: declared columns, reading, validating, quarantine, and the store of checked tables."""
