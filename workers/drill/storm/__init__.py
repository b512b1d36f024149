"""Drill `storm`: thousands of results are corrected and withdrawn at once; the sums must be right at every level.

`ground` writes a count in full swing, `waves` are the storms, `watch` measures how old the national sum gets, `checks`
add everything up again, `run` puts them in order.
"""
