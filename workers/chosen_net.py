"""Loaded by a reader process as its last module: from then on it reads with the net that its parent was told to use."""

import os

from ocr.classify import choose_model
from workers.reader_child import NET

if NET in os.environ:
    choose_model(os.environ[NET])
