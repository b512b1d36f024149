"""The net that reads boxes (`digits.onnx`) and the figures it was measured with (`digits.json`)."""
