"""Callbacks of `train` and `resume`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Union

from seqrl._seqrl import UserError


class Callback:
    """Base class of callbacks: override the methods of the events to handle.

    An exception that a method raises stops the training. The run is saved and can be resumed, and `train` or
    `resume` raises the exception.

    >>> class Print(Callback):
    ...     def on_evaluation(self, step, evaluation):
    ...         print(step, [target["return_mean"] for target in evaluation["targets"]])
    """

    def on_step(self, step: int, loss: float) -> None:
        """Called after every training step.

        Args:
            step (int): the number of steps done, from 1.
            loss (float): the latest known loss. On a GPU it is read only with every line of metrics
                (`training.log_every`).
        """

    def on_message(self, line: str) -> None:
        """Called with every message of the run: notes on the config, then the messages in log.txt, without their time.

        Args:
            line (str): the message; that of an evaluation has several lines.
        """

    def on_evaluation(self, step: int, evaluation: dict[str, Any]) -> None:
        """Called after every evaluation, once it is saved.

        Args:
            step (int): the number of steps done.
            evaluation (dict): its entry in eval.json: the dict that `seqrl.evaluate` returns, without
                "steps_per_second", and with "step".
        """


Callbacks = Union[None, Callback, Iterable[Callback]]
Hooks = tuple[
    "Callable[[int, float], None] | None",
    "Callable[[str], None] | None",
    "Callable[[int, str], None] | None",
]


def hooks(callbacks: Callbacks) -> Hooks:
    """Returns the functions that the extension calls for steps, messages and evaluations; None if unhandled."""
    if callbacks is None:
        return (None, None, None)
    every = list(callbacks) if isinstance(callbacks, Iterable) else [callbacks]
    for callback in every:
        if not isinstance(callback, Callback):
            raise UserError(f"callbacks are objects of classes derived from seqrl.Callback, not {callback!r}")

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
