"""Measurements: ratios between Gatehouse and the other ways to get the same answer, taken in one run."""
