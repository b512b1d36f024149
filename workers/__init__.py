"""The jobs, their runner and the command line: thin, load -> compute -> store. Sits on top of `app` and `ocr`."""

VERSION = "0.1.0"
