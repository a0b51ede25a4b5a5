"""Training and collecting, as `seqrl train` and `seqrl collect`."""

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
    settings: overrides: {"training.steps": 1000}, or ["training.steps=1000"].
    callbacks: one `seqrl.Callback`, or several.

    Ctrl-C raises KeyboardInterrupt once everything is saved; `seqrl.resume` continues. Other Python
    threads run meanwhile.
    """
    if isinstance(config, Mapping):
        return Run(_seqrl.train_text(config_text(config), settings_list(settings), *hooks(callbacks)))
    return Run(_seqrl.train_file(os.fspath(config), settings_list(settings), *hooks(callbacks)))


def resume(
    run: str | os.PathLike[str] | Run, settings: Settings = (), *, callbacks: Callbacks = None
) -> Run:
    """Resumes a run from its last checkpoint; {"training.steps": …} makes it longer."""
    return Run(_seqrl.resume(os.fspath(run), settings_list(settings), *hooks(callbacks)))


def collect(**settings: Any) -> _seqrl.Collected:
    """Writes a dataset of a policy's episodes, as `seqrl collect`.

    collect(env="hopper", policy="medium", transitions=100000, output="hopper-medium.hdf5");
    `seqrl help collect` lists all settings.
    """
    return _seqrl.collect_settings(settings_list(settings))
