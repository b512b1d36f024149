"""Six exercises with an immediate answer, before the first real form."""
