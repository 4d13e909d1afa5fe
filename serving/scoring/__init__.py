"""Candidates in, ranking out: scores, notes for the reader, search, and the plan within a budget."""
