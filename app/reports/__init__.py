"""Downloads for monitors."""
