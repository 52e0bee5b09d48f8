"""Tests: unit (no I/O), integration (one real server each), acceptance, benchmarks."""
