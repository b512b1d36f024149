"""What the authority published: append-only snapshots, and the latest figure of every TPS."""
