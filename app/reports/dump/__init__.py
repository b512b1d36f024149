"""The daily dump: everything public of a contest as one data package, made at night and kept for some time."""
