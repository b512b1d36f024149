"""Fitting the net: AdamW, one cosine of learning rate, and the mean of the last weights as the result.

The convolutions are computed in bfloat16 while training, three times as fast on a processor that knows it; weights,
sums and the net that ships are float32.
"""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ocr.train.arrays import Picture, Targets
from ocr.train.batches import Mix, draw_batch
from ocr.train.net import DigitNet

BATCH = 128
AHEAD = 4
"""Batches drawn while the net works on earlier ones; one thread draws, so their order never changes."""

KEPT = 100
"""Half batches kept for a second use."""

REMEMBER = 0.998
"""Share of the mean weights kept at each step."""


@dataclass(frozen=True)
class Course:
    """How long and how fast to learn."""

    steps: int
    rate: float
    seed: int


def fit(start: DigitNet, mix: Mix, course: Course) -> DigitNet:
    """A copy of `start`, trained on `mix`; the mean of its last weights, ready to be measured."""
    torch.manual_seed(course.seed)
    net: DigitNet = copy.deepcopy(start).to(memory_format=torch.channels_last)
    mean: DigitNet = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=course.rate, weight_decay=0.02)
    net.train()
    for step, (pictures, targets) in enumerate(_batches(mix, course)):
        for group in optimiser.param_groups:
            group["lr"] = course.rate * _pace(step, course.steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = net(torch.from_numpy(pictures))
        loss = torch.nn.functional.cross_entropy(logits.float(), torch.from_numpy(targets))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        _remember(mean, net, min(REMEMBER, step / (step + 10)))
        if step % 200 == 0:
            print(f"  step {step:6d} of {course.steps}  loss {loss.item():.4f}", flush=True)
    mean.eval()
    return mean


def _pace(step: int, steps: int) -> float:
    """A short rise, then half a cosine down to nothing."""
    rise = min(200, steps // 10 + 1)
    return min((step + 1) / rise, 1.0) * 0.5 * (1 + math.cos(math.pi * step / steps))


def _batches(mix: Mix, course: Course) -> Iterator[tuple[Picture, Targets]]:
    """Half of each batch is new, half was new in an earlier one: drawing costs as much as learning.

    The new half of batch n is drawn from a generator seeded with (seed, n), so nothing depends on the threads.
    """
    choice = np.random.default_rng(course.seed)
    kept: deque[tuple[Picture, Targets]] = deque(maxlen=KEPT)
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = deque(pool.submit(_draw, mix, course.seed, step) for step in range(AHEAD))
        for step in range(course.steps):
            waiting.append(pool.submit(_draw, mix, course.seed, step + AHEAD))
            fresh = waiting.popleft().result()
            older = fresh if step < KEPT else kept[int(choice.integers(KEPT))]
            kept.append(fresh)
            yield np.concatenate([fresh[0], older[0]]), np.concatenate([fresh[1], older[1]])


def _draw(mix: Mix, seed: int, step: int) -> tuple[Picture, Targets]:
    return draw_batch(mix, BATCH // 2, np.random.default_rng((seed, step)))


@torch.no_grad()
def _remember(mean: DigitNet, net: DigitNet, share: float) -> None:
    """Move the mean a little towards the net; counters are copied, they have no mean."""
    for kept, new in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.mul_(share).add_(new, alpha=1 - share)
        else:
            kept.copy_(new)


@torch.no_grad()
def predict(net: DigitNet, pictures: Picture) -> npt.NDArray[np.float32]:
    """Logits (N,13) of pictures uint8 (N,64,64)."""
    net.eval()
    chunks = [net(torch.from_numpy(pictures[start : start + 512])).numpy() for start in range(0, len(pictures), 512)]
    return np.concatenate(chunks)
