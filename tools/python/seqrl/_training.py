"""Training and collecting datasets, like `seqrl train` and `seqrl collect`."""

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
    """Trains a new run to its last step, with its evaluations, like `seqrl train`.

    Args:
        config (str, os.PathLike or mapping): a YAML file, or the same keys as a nested mapping; `seqrl help config`
            lists them. A mapping may contain paths and numpy values.
        settings (mapping or sequence of str): overrides of the config, with dotted keys: {"training.steps": 1000},
            or ["training.steps=1000"].
        callbacks (Callback or iterable of Callback, optional): called during training.

    Returns:
        Run: the finished run. Its folder is the config's `output`; without it, a folder named after the config.

    Raises:
        UserError: the config, a setting or the dataset is invalid, or the folder already contains a run.
        Failure: the loss is no longer finite, or the system failed, for example because the disk is full.
        TypeError: the config contains a value that YAML does not support.
        KeyboardInterrupt: Ctrl-C was pressed. The run is saved; `seqrl.resume` continues it.

    An exception of a callback also stops the training and is raised once the run is saved. Other Python threads
    run during training.
    """
    if isinstance(config, Mapping):
        return Run(_seqrl.train_text(config_text(config), settings_list(settings), *hooks(callbacks)))
    return Run(_seqrl.train_file(os.fspath(config), settings_list(settings), *hooks(callbacks)))


def resume(
    run: str | os.PathLike[str] | Run, settings: Settings = (), *, callbacks: Callbacks = None
) -> Run:
    """Resumes a run from its last checkpoint and trains it to its last step, like `seqrl train --resume`.

    Args:
        run (str, os.PathLike or Run): the run's folder.
        settings (mapping or sequence of str): overrides of how long and where it trains and how it is evaluated:
            {"training.steps": 5000} makes it longer. Settings that change what is learned are rejected.
        callbacks (Callback or iterable of Callback, optional): called during training.

    Returns:
        Run: the finished run. A run that was finished already is not trained further.

    Raises:
        UserError: the folder contains no run with a checkpoint, another process is training the run, or a setting
            is not allowed.
        Failure, KeyboardInterrupt and exceptions of callbacks: as for `train`.
    """
    return Run(_seqrl.resume(os.fspath(run), settings_list(settings), *hooks(callbacks)))


def collect(**settings: Any) -> _seqrl.Collected:
    """Plays episodes of a policy and writes them to a dataset, like `seqrl collect`.

    Example: collect(env="hopper", policy="medium", transitions=100000, output="hopper-medium.hdf5")

    Args:
        **settings: the settings of `seqrl collect`; `seqrl help collect` lists all of them.

            - output (str or os.PathLike): the file (.hdf5) or the folder of a Minari dataset to write; required.
            - overwrite (bool): replace an existing output. Default: False.
            - format (str): "d4rl" (default) or "minari".
            - env (str or mapping): the environment. Default: that of the policy or run.
            - policy (str or os.PathLike): "random" (default), "medium", "expert", "medium-expert", a run, a
              checkpoint, or a shipped policy such as "hopper-expert"; checkpoint ("last" or "best") chooses one of a
              run's.
            - replay (str or os.PathLike): a SAC run whose replay buffer is written, instead of `policy`.
            - transitions (int): the number of transitions. Default: 100000, or the whole replay buffer.
            - targets (float): the target return. Default: the first one of the policy's config.
            - deterministic (bool): act without noise. Default: False.
            - seed (int): seed of start states and actions. Default: 0.
            - threads (int): worker threads. Default: 0, all processors.

    Returns:
        Collected: the numbers of episodes and transitions that were written, and their returns.

    Raises:
        UserError: a setting is unknown or invalid, or the output exists and `overwrite` is False.
        Failure: the simulation or the system failed.
        KeyboardInterrupt: Ctrl-C was pressed; nothing is written.
    """
    return _seqrl.collect_settings(settings_list(settings))
