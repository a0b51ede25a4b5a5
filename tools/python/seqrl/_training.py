"""Training and collecting: what `seqrl train` and `seqrl collect` do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Union

from seqrl import _seqrl
from seqrl._callbacks import Callbacks, hooks
from seqrl._run import Run
from seqrl._settings import Settings, config_text, settings_list

Config = Union[str, "os.PathLike[str]", Mapping[str, Any]]


def train(config: Config, settings: Settings = (), *, callbacks: Callbacks = None) -> Run:
    """Trains a run and returns it.

    config: a YAML file, or the same as a mapping; `seqrl help config` lists every key.
    settings: what wins over it: {"training.steps": 1000}, or ["training.steps=1000"].
    callbacks: one `seqrl.Callback`, or several.

    Ctrl-C raises KeyboardInterrupt once everything is saved; `seqrl.resume` goes on. Other threads of
    Python's run meanwhile.
    """
    if isinstance(config, Mapping):
        return Run(_seqrl.train_text(config_text(config), settings_list(settings), *hooks(callbacks)))
    return Run(_seqrl.train_file(os.fspath(config), settings_list(settings), *hooks(callbacks)))


def resume(
    run: str | os.PathLike[str] | Run, settings: Settings = (), *, callbacks: Callbacks = None
) -> Run:
    """Goes on with a run from its last checkpoint, {"training.steps": …} for longer."""
    return Run(_seqrl.resume(os.fspath(run), settings_list(settings), *hooks(callbacks)))


def collect(**settings: Any) -> _seqrl.Collected:
    """Writes a dataset of what a policy does, as `seqrl collect` does.

    collect(env="hopper", policy="medium", transitions=100000, output="hopper-medium.hdf5");
    `seqrl help collect` says what else there is.
    """
    return _seqrl.collect_settings(settings_list(settings))
