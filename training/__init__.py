"""Trains on past outcomes, judges forward in time, and keeps the model as text and numbers."""

import os

# OpenMP reads this once, when LightGBM loads it. Threads that wait shall sleep: spinning, they wait for a turn that does not
# come where other work runs as well, and training that takes 4 minutes took more than half an hour.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
