"""The training of the box classifier: one command, repeatable from a seed and a list of data (see README.md)."""
