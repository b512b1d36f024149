"""What is looked at, rule by rule. Pure: figures in, findings out; every rule has a code, a source and words."""
