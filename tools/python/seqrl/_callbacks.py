"""Callbacks of a training."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Union


class Callback:
    """Base class of callbacks. An exception in a method ends the training, which is saved and can be
    resumed, and is raised by `train`.

    >>> class Print(Callback):
    ...     def on_evaluation(self, step, evaluation):
    ...         print(step, [target["return_mean"] for target in evaluation["targets"]])
    """

    def on_step(self, step: int, loss: float) -> None:
        """Called after every step, with the latest known loss."""

    def on_message(self, line: str) -> None:
        """Called with every line of log.txt."""

    def on_evaluation(self, step: int, evaluation: dict[str, Any]) -> None:
        """Called after an evaluation, with its entry in eval.json."""


Callbacks = Union[None, Callback, Iterable[Callback]]
Hooks = tuple[
    "Callable[[int, float], None] | None",
    "Callable[[str], None] | None",
    "Callable[[int, str], None] | None",
]


def hooks(callbacks: Callbacks) -> Hooks:
    """The function that the extension calls for each event; None for events that no callback handles."""
    if callbacks is None:
        return (None, None, None)
    every = [callbacks] if isinstance(callbacks, Callback) else list(callbacks)

    def listening(name: str) -> list[Any]:
        return [
            getattr(callback, name)
            for callback in every
            if getattr(type(callback), name) is not getattr(Callback, name)
        ]

    steps, messages = listening("on_step"), listening("on_message")
    evaluations = listening("on_evaluation")

    def on_step(step: int, loss: float) -> None:
        for call in steps:
            call(step, loss)

    def on_message(line: str) -> None:
        for call in messages:
            call(line)

    def on_evaluation(step: int, text: str) -> None:
        for call in evaluations:
            call(step, json.loads(text))

    return (
        on_step if steps else None,
        on_message if messages else None,
        on_evaluation if evaluations else None,
    )
