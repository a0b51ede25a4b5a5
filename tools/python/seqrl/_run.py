"""A run's folder, read from its files."""

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
    """A run that was trained, or is being trained, by this process or any other.

    Metrics and results are read on construction, the config on first access; `refresh` reads them again. The
    evaluation, checkpoints, log and `is_training` are read on every access.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = pathlib.Path(folder)
        self.refresh()

    def refresh(self) -> None:
        """Reads the folder again."""
        self._read = _seqrl.read_run(str(self.folder))
        self.__dict__.pop("config", None)

    def __fspath__(self) -> str:
        return str(self.folder)

    def __repr__(self) -> str:
        return f"<seqrl.Run {self.folder}: {self._read['learner']}, {self.step} steps>"

    @cached_property
    def config(self) -> dict[str, Any]:
        """The resolved config: run.config["training"]["lr"]."""
        config: dict[str, Any] = json.loads(_seqrl.read_config(str(self.folder / "config.yaml")))
        return config

    @property
    def step(self) -> int:
        """The last recorded step, of its metrics or of an evaluation."""
        return self._read["step"]

    @property
    def parameters(self) -> int | None:
        """The number of parameters of the network."""
        return self._read["parameters"]

    @property
    def metrics(self) -> dict[str, npt.NDArray[Any]]:
        """An array for each metric, and "step". Rows are steps; NaN marks metrics that a step does not have."""
        return self._read["metrics"]

    @property
    def task(self) -> str:
        """The name of the dataset, the environment or the task that it is trained on."""
        return self._read["task"]

    @property
    def learner(self) -> str:
        """The name of the backbone or of the agent."""
        return self._read["learner"]

    @property
    def results(self) -> dict[str, tuple[int, dict[str, float]]]:
        """Step and numbers of the "last" and the "best" evaluation, named as in `seqrl table`; {} before the first."""
        both = {"last": self._read["last"], "best": self._read["best"]}
        return {name: result for name, result in both.items() if result[1]}

    @property
    def main_measure(self) -> str:
        """The main number in `results`, such as "window/3600/score"; "" before the first evaluation."""
        return self._read["main_measure"]

    @property
    def is_finished(self) -> bool:
        """Whether it has been trained and evaluated to its last step."""
        return bool(self._read["last"][0] >= self.config["training"]["steps"])

    @property
    def is_training(self) -> bool:
        """Whether a process on this machine is training it now."""
        lock = self.folder / "lock"
        if not lock.exists():
            return False
        status = lock.stat()
        # The kernel is asked, because taking the lock as a test could keep a training from starting.
        here = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
        locks = pathlib.Path("/proc/locks").read_text().splitlines()
        return any("FLOCK" in line and here in line.split() for line in locks)

    def curve(self, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """The steps at which a metric was measured, and its values: plot(*run.curve("loss"))."""
        if name not in self.metrics:
            raise KeyError(f"no metric '{name}'; there are {', '.join(self.metrics)}")
        values = self.metrics[name]
        known = ~np.isnan(values)
        return self.metrics["step"][known], values[known]

    def frame(self) -> Any:
        """The metrics as a pandas DataFrame, indexed by step."""
        pandas: Any = importlib.import_module("pandas")  # not needed otherwise
        return pandas.DataFrame(self.metrics).set_index("step")

    @property
    def evaluation(self) -> dict[str, Any]:
        """eval.json: the latest evaluation, and under "last" and "best" those two; {} before the first."""
        path = self.folder / "eval.json"
        if not path.exists():
            return {}
        evaluation: dict[str, Any] = json.loads(path.read_text())
        return evaluation

    @property
    def checkpoints(self) -> dict[str, pathlib.Path]:
        """The checkpoint files by name: "last", "best", "previous", and the steps kept by evaluation.keep."""
        files = [*self.folder.glob("checkpoints/*.safetensors")]
        files += sorted(self.folder.glob("policies/*.safetensors"), key=lambda path: int(path.stem))
        return {path.stem: path for path in files}

    @property
    def log(self) -> str:
        """The contents of log.txt."""
        return (self.folder / "log.txt").read_text()

    def actor(self, environments: int | None = None, **options: Any) -> _seqrl.Actor:
        """The `seqrl.Actor` of its agent."""
        return _seqrl.Actor(str(self.folder), environments, **options)

    def weights(self, checkpoint: str | None = None) -> dict[str, npt.NDArray[Any]]:
        """The weights, as from `seqrl.load_weights`."""
        return _seqrl.load_weights(str(self.folder), checkpoint)
