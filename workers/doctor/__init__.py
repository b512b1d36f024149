"""`./runut doctor`: what this machine has and lacks for Runut, each thing looked at for itself."""
