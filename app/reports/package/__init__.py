"""Data packages (Frictionless): tables with dictionary, licence, source, rule version and checkpoint, in one ZIP."""
