"""Predicts for candidates, and says why."""
