"""Results of TPS and their sums over regions, by recomputation."""
