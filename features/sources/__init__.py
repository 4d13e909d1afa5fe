"""Importers: each turns one source of real data into suasion's tables, and says how to get it and what it fills."""
