"""Ports kept in memory, written by hand, for tests."""
