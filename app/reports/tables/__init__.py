"""The downloadable tables, one file each: what their columns mean and where their rows come from."""
