"""Texts as numbers: the text space, questions and criticism, vectors kept for the next time."""
