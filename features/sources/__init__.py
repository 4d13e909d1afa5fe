"""Importers: one file for each place people's data comes from."""
