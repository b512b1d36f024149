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
from pathlib import Path

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

SAVE_EVERY = 200


@dataclass(frozen=True)
class Course:
    """How long and how fast to learn."""

    steps: int
    rate: float
    seed: int


class Run:
    """A training on its way; owns everything that changes, so that a stopped one goes on as if it had not been."""

    def __init__(self, start: DigitNet, course: Course) -> None:
        torch.manual_seed(course.seed)
        self.course = course
        self.step = 0
        self.net: DigitNet = copy.deepcopy(start).to(memory_format=torch.channels_last)
        self.mean: DigitNet = copy.deepcopy(self.net)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=course.rate, weight_decay=0.02)
        self.kept: deque[tuple[Picture, Targets]] = deque(maxlen=KEPT)
        self.choice = np.random.default_rng(course.seed)
        self.net.train()

    def save(self, path: Path) -> None:
        """Write everything to `path`; the old file stays whole until the new one is."""
        new = path.with_suffix(".new")
        nets = {"net": self.net.state_dict(), "mean": self.mean.state_dict(), "optimiser": self.optimiser.state_dict()}
        kept = [(torch.from_numpy(pictures), torch.from_numpy(targets)) for pictures, targets in self.kept]
        dice = {"choice": self.choice.bit_generator.state, "torch": torch.get_rng_state()}
        torch.save({"step": self.step, "kept": kept, **nets, **dice}, new)
        new.replace(path)

    def load(self, path: Path) -> None:
        """Go on where `save` was called."""
        state = torch.load(path, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.kept.extend((pictures.numpy(), targets.numpy()) for pictures, targets in state["kept"])
        self.choice.bit_generator.state = state["choice"]
        torch.set_rng_state(state["torch"])
        self.step = state["step"]

    def learn(self, pictures: Picture, targets: Targets) -> float:
        """One step; returns the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.course.rate * _pace(self.step, self.course.steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self.net(torch.from_numpy(pictures))
        loss = torch.nn.functional.cross_entropy(logits.float(), torch.from_numpy(targets))
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        _remember(self.mean, self.net, min(REMEMBER, self.step / (self.step + 10)))
        self.step += 1
        return float(loss.item())


def fit(start: DigitNet, mix: Mix, course: Course, checkpoint: Path) -> DigitNet:
    """A copy of `start`, trained on `mix`; the mean of its last weights, ready to be measured.

    Goes on from `checkpoint` if that file exists, and writes it every 200 steps.
    """
    run = Run(start, course)
    if checkpoint.exists():
        run.load(checkpoint)
    for pictures, targets in _batches(mix, run):
        loss = run.learn(pictures, targets)
        if run.step % SAVE_EVERY == 0:
            print(f"  step {run.step:6d} of {course.steps}  loss {loss:.4f}", flush=True)
            run.save(checkpoint)
    run.mean.eval()
    return run.mean


def _pace(step: int, steps: int) -> float:
    """A short rise, then half a cosine down to nothing."""
    rise = min(200, steps // 10 + 1)
    return min((step + 1) / rise, 1.0) * 0.5 * (1 + math.cos(math.pi * step / steps))


def _batches(mix: Mix, run: Run) -> Iterator[tuple[Picture, Targets]]:
    """Half of each batch is new, half was new in an earlier one: drawing costs as much as learning.

    The new half of batch n is drawn from a generator seeded with (seed, n), so nothing depends on the threads.
    """
    course = run.course
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = deque(pool.submit(_draw, mix, course.seed, run.step + ahead) for ahead in range(AHEAD))
        for step in range(run.step, course.steps):
            waiting.append(pool.submit(_draw, mix, course.seed, step + AHEAD))
            fresh = waiting.popleft().result()
            older = fresh if step < KEPT else run.kept[int(run.choice.integers(KEPT))]
            run.kept.append(fresh)
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
def blend(one: DigitNet, other: DigitNet) -> DigitNet:
    """The net whose weights are the mean of two of which one was trained on from the other.

    On what either was trained for it is at least as good as that one; nothing is forgotten for what was learnt last.
    """
    mean: DigitNet = copy.deepcopy(one)
    _remember(mean, other, 1 / 2)
    mean.eval()
    return mean


@torch.no_grad()
def predict(net: DigitNet, pictures: Picture) -> npt.NDArray[np.float32]:
    """Logits (N,13) of pictures uint8 (N,64,64)."""
    net.eval()
    chunks = [net(torch.from_numpy(pictures[start : start + 512])).numpy() for start in range(0, len(pictures), 512)]
    return np.concatenate(chunks)
