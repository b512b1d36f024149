"""The command line. One file a command; `commands.py` lists them, `__main__.py` starts the one that was named."""
