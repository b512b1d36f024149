"""Readings, the queue that deals them, and the rule that decides. The rule is in pure files a citizen may contest."""
