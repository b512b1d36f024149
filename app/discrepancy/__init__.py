"""Differences between results and official figures, each with a kind, a size, a direction and a life of its own."""
