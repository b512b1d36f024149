"""A flood of pictures: the same few in thousands of encodings, and pictures that are no form, among genuine forms."""
