"""The net: raw grey pictures in, one figure for each class out; small enough for 0.3 ms a box on one core."""

from __future__ import annotations

from typing import Final

import torch
from torch import nn

from ocr.classify import BOX_SIZE, CLASSES

WIDTHS: Final = (20, 32, 64, 96)
HIDDEN: Final = 96


class Residual(nn.Module):
    """Two convolutions whose result is added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = convolve(width, width, stride=1)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """Same shape in and out."""
        return torch.relu(seen + self.second(self.first(seen)))


def convolve(inputs: int, outputs: int, *, stride: int) -> nn.Sequential:
    """A 3x3 convolution, normalised, rectified."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class DigitNet(nn.Module):
    """Logits (N,13) of pictures uint8 (N,64,64); each picture is first brought to mean 0 and deviation 1."""

    def __init__(self) -> None:
        super().__init__()
        first, second, third, fourth = WIDTHS
        self.layers = nn.Sequential(
            convolve(1, first, stride=2),
            convolve(first, second, stride=2),
            Residual(second),
            convolve(second, third, stride=2),
            Residual(third),
            convolve(third, fourth, stride=2),
            nn.Flatten(),
            nn.Dropout(0.25),
            nn.Linear(fourth * (BOX_SIZE // 16) ** 2, HIDDEN),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(HIDDEN, len(CLASSES)),
        )

    def forward(self, boxes: torch.Tensor) -> torch.Tensor:
        """One logit a class."""
        seen = boxes.to(torch.float32).unsqueeze(1)
        centred = seen - seen.mean(dim=(2, 3), keepdim=True)
        deviation = torch.sqrt((centred * centred).mean(dim=(2, 3), keepdim=True))
        logits: torch.Tensor = self.layers(centred / (deviation + 4.0))
        return logits


class CalibratedNet(nn.Module):
    """What is shipped: probabilities, the logits divided by a temperature measured on held-out pictures."""

    def __init__(self, net: DigitNet, temperature: float) -> None:
        super().__init__()
        self.net = net
        self.temperature = temperature

    def forward(self, boxes: torch.Tensor) -> torch.Tensor:
        """One probability a class."""
        return torch.softmax(self.net(boxes) / self.temperature, dim=1)


def count_parameters(net: nn.Module) -> int:
    """How many numbers training sets."""
    return sum(parameter.numel() for parameter in net.parameters())
