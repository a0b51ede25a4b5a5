"""Reads the files in a run's folder."""

from __future__ import annotations

import importlib
import json
import os
import pathlib
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from seqrl import _seqrl


class Run(os.PathLike[str]):
    """A run that was trained, or is being trained, by this or another process.

    The metrics, the results and what is derived from them are read on construction, the config on first access;
    `refresh` reads them again. The evaluation, the checkpoints, the log and `is_training` are read on every access.
    A Run can be passed wherever a path is expected, for example to `seqrl.evaluate`.

    Args:
        folder (str or os.PathLike): the run's folder, which contains config.yaml.

    Raises:
        UserError: the folder contains no config.yaml, or a file in it is damaged.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = pathlib.Path(folder)
        self.refresh()

    def refresh(self) -> None:
        """Reads the metrics, results and config again. Raises UserError as the constructor does."""
        self._read = _seqrl.read_run(str(self.folder))
        self.__dict__.pop("config", None)

    def __fspath__(self) -> str:
        return str(self.folder)

    def __repr__(self) -> str:
        return f"<seqrl.Run {self.folder}: {self._read['learner']}, {self.step} steps>"

    @cached_property
    def config(self) -> dict[str, Any]:
        """dict: the resolved config, with nested sections: run.config["training"]["lr"]."""
        config: dict[str, Any] = json.loads(_seqrl.read_config(str(self.folder / "config.yaml")))
        return config

    @property
    def step(self) -> int:
        """int: the last step recorded in the metrics or by an evaluation; 0 before the first."""
        return self._read["step"]

    @property
    def parameters(self) -> int | None:
        """int or None: the number of the network's parameters; None if the run has no checkpoint."""
        return self._read["parameters"]

    @property
    def metrics(self) -> dict[str, npt.NDArray[Any]]:
        """dict[str, ndarray]: "step" (int64, ascending) and an array of the same length for each metric (float64).

        NaN marks steps at which a metric was not recorded.
        """
        return self._read["metrics"]

    @property
    def task(self) -> str:
        """str: the name of the task or dataset that it is trained on; without a dataset, of the environment."""
        return self._read["task"]

    @property
    def learner(self) -> str:
        """str: the name of the backbone; for agents without one, such as sac, of the agent."""
        return self._read["learner"]

    @property
    def results(self) -> dict[str, tuple[int, dict[str, float]]]:
        """dict[str, tuple[int, dict[str, float]]]: step and numbers of the "last" and the "best" evaluation.

        The numbers are named as in `seqrl table`: "window/3600/score"; NaN if the evaluation has no such number.
        The dict is empty before the first evaluation.
        """
        both = {"last": self._read["last"], "best": self._read["best"]}
        return {name: result for name, result in both.items() if result[1]}

    @property
    def main_measure(self) -> str:
        """str: the name of the main number in `results`, such as "window/3600/score"; "" before an evaluation."""
        return self._read["main_measure"]

    @property
    def is_finished(self) -> bool:
        """bool: whether it has been trained to its last step and evaluated there."""
        return bool(self._read["last"][0] >= self.config["training"]["steps"])

    @property
    def is_training(self) -> bool:
        """bool: whether a process on this machine is training it now."""
        lock = self.folder / "lock"
        if not lock.exists():
            return False
        status = lock.stat()
        # Read from the kernel: taking the lock as a test could prevent a training from starting.
        here = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
        locks = pathlib.Path("/proc/locks").read_text().splitlines()
        return any("FLOCK" in line and here in line.split() for line in locks)

    def curve(self, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Returns the steps at which a metric was recorded, and its values: plot(*run.curve("loss")).

        Args:
            name (str): a key of `metrics`, such as "loss" or "eval/window/3600/return".

        Returns:
            tuple[ndarray, ndarray]: steps (int64) and values (float64) of the same length, without NaN.

        Raises:
            KeyError: there is no such metric; the message lists those that exist.
        """
        if name not in self.metrics:
            raise KeyError(f"no metric '{name}'; the metrics are {', '.join(self.metrics)}")
        values = self.metrics[name]
        known = ~np.isnan(values)
        return self.metrics["step"][known], values[known]

    def frame(self) -> Any:
        """Returns the metrics as a pandas.DataFrame, indexed by step. Raises ImportError without pandas."""
        pandas: Any = importlib.import_module("pandas")  # not needed otherwise
        return pandas.DataFrame(self.metrics).set_index("step")

    @property
    def evaluation(self) -> dict[str, Any]:
        """dict: the contents of eval.json; {} before the first evaluation.

        It has the keys of the last evaluation: "step" and those that `seqrl.evaluate` returns. "last" and "best"
        are that evaluation and the best one, with the same keys.
        """
        path = self.folder / "eval.json"
        if not path.exists():
            return {}
        try:
            evaluation: dict[str, Any] = json.loads(path.read_text())
        except ValueError as error:
            raise _seqrl.UserError(f"{path}: the file is damaged: {error}") from None
        return evaluation

    @property
    def checkpoints(self) -> dict[str, pathlib.Path]:
        """dict[str, pathlib.Path]: the checkpoint files by name: "last", "previous", "best".

        With `evaluation.keep` also the weights of each evaluation, named by their step ("5000"). If a resumed run
        changed its evaluation settings, "best-STEP" is the best checkpoint under the earlier ones.
        """
        files = [*self.folder.glob("checkpoints/*.safetensors")]
        files += sorted(self.folder.glob("policies/*.safetensors"), key=lambda path: int(path.stem))
        return {path.stem: path for path in files}

    @property
    def log(self) -> str:
        """str: the contents of log.txt. Raises FileNotFoundError if there is none yet."""
        return (self.folder / "log.txt").read_text()

    def actor(self, environments: int | None = None, **options: Any) -> _seqrl.Actor:
        """Returns a `seqrl.Actor` with the agent of a checkpoint of this run.

        Args:
            environments (int, optional): None for one environment, n for a batch of n.
            **options: `mode`, `checkpoint` and `plugins` of `seqrl.Actor`.

        Raises:
            UserError: as for `seqrl.Actor`.
        """
        return _seqrl.Actor(self.folder, environments, **options)

    def weights(self, checkpoint: str | None = None) -> dict[str, npt.NDArray[Any]]:
        """Returns the weights of a checkpoint by name, like `seqrl.load_weights`.

        Args:
            checkpoint (str, optional): "last" or "best". Default: the last.
        """
        return _seqrl.load_weights(self.folder, checkpoint)
