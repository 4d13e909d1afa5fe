"""Trains on past outcomes, judges forward in time, and keeps the model as text and numbers."""
