"""The public log: an entry for every fact that must not be changed later. Sequencer and publisher build on it."""
