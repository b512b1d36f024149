"""Reports from anybody (lapor): of a TPS or a photograph. A reviewer looks, the reporter gets an answer."""
