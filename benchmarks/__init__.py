"""Commands behind the figures in docs/benchmarks.md; run as ``python -m benchmarks.NAME`` from the repository's root."""
