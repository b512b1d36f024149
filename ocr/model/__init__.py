"""The nets that ship, each an ONNX file and the figures that describe it. Light to load: no net is opened here."""

from typing import Final

MODELS: Final = ("digits", "digits_free")
"""Learnt from everything, and from nothing but drawn boxes and MNIST. The first is the usual one."""
