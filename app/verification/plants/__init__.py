"""Planted items: tasks whose answer is known, made from decided forms, to measure how carefully people read."""
