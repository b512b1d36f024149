"""The demonstration: two dozen drawn TPS go the whole way, read and checked over HTTP by simulated volunteers."""
