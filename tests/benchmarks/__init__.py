"""Benchmarks: measured ratios, not timed tests. Figures go to docs/benchmarks.md."""
