"""Adopted TPS (jaga): volunteers promise before the day which TPS they will photograph."""
