"""Evidence packs: what is known of a TPS, or of a region's TPS that are to be checked, as one file to hand over."""
