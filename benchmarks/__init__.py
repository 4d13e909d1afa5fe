"""Commands behind the figures in README.md; run as ``python -m benchmarks.NAME`` from the repository's root."""
