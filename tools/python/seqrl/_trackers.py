"""Trackers to which metrics are sent: Weights & Biases, MLflow, Trackio, CSV files."""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import os
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from seqrl import _seqrl
from seqrl._run import Run

Numbers = dict[str, float]
Plain = Union[str, int, float, bool, None]


@dataclass
class Line:
    """A line of metrics.jsonl and its time, in seconds since 1970; 0 if unknown."""

    step: int
    values: Numbers
    time: float = 0.0


@dataclass
class Record:
    """The data of a run that a tracker receives."""

    id: str
    name: str
    run: Run
    lines: Sequence[Line] = ()  # all so far
    sent: int = 0  # the number of lines that the tracker already has
    summary: Numbers = field(default_factory=dict)
    status: str = "training"  # or "finished", "stopped"

    @property
    def config(self) -> dict[str, Plain]:
        """The config with dotted keys, lists as text."""
        return dict(_dotted(self.run.config))

    @property
    def tags(self) -> dict[str, str]:
        facts = {"task": self.run.task, "learner": self.run.learner, "seqrl": _seqrl.__version__}
        return {name: text for name, text in facts.items() if text}

    @property
    def files(self) -> list[pathlib.Path]:
        """Files that are uploaded with the metrics."""
        return [path for name in ("config.yaml", "eval.json") if (path := self.run.folder / name).exists()]


class Tracker:
    """A destination of metrics. Exceptions of its package, except OSError, become one-line errors."""

    name = ""
    package = ""  # the name of its package in pip

    def __init__(self, project: str) -> None:
        self.project = project

    def place(self) -> str:
        """Returns an identifier of this destination: a run has one record in each."""
        return f"{self.name} {self.project}"

    def begin(self, record: Record) -> int | None:
        """Begins or continues the record. Returns how many lines it contains, None if unknown."""
        return None

    def send(self, record: Record) -> None:
        """Sends the lines after record.sent, the summary and the status."""
        raise NotImplementedError

    def where(self, record: Record) -> str:
        """Returns where the record can be viewed."""
        return self.place()

    def close(self) -> None:
        """Closes open records. Returns when everything is sent."""


class Csv(Tracker):
    """CSV files in RUN/tracking, rewritten completely each time."""

    name = "csv"

    def place(self) -> str:
        return self.name

    def send(self, record: Record) -> None:
        folder = record.run.folder / "tracking"
        names = list(dict.fromkeys(name for line in record.lines for name in line.values))
        rows: dict[int, Numbers] = {}
        for line in record.lines:
            rows.setdefault(line.step, {}).update(line.values)
        _write_csv(folder / "metrics.csv", ["step", *names],
                   [[step, *(values.get(name, "") for name in names)] for step, values in rows.items()])
        facts = {**record.config, **record.tags, "status": record.status, **record.summary}
        _write_csv(folder / "run.csv", ["key", "value"], [[key, value] for key, value in facts.items()])

    def where(self, record: Record) -> str:
        return str(record.run.folder / "tracking" / "metrics.csv")


class Wandb(Tracker):
    """Weights & Biases. Each line is a row of the history, so steps may repeat."""

    name = package = "wandb"

    def __init__(self, project: str) -> None:
        super().__init__(project)
        self.wandb = _package(self)
        self.wandb.setup(self.wandb.Settings(silent=True))
        self.open: dict[str, Any] = {}
        self.urls: dict[str, str] = {}  # empty offline

    def begin(self, record: Record) -> int | None:
        if record.id not in self.open:
            run = self.wandb.init(
                project=self.project, id=record.id, name=record.name, resume="allow", reinit="create_new",
                config=record.run.config, tags=[tag[:64] for tag in record.tags.values()],
                settings=self.wandb.Settings(console="off", symlink=False, x_disable_stats=True),
            )
            run.define_metric("step", hidden=True)
            run.define_metric("*", step_metric="step")
            self.open[record.id] = run
            if not run.offline and run.url:
                self.urls[record.id] = run.url
        run = self.open[record.id]
        # Offline there is no server to report the number of logged lines.
        return int(run.step) if run.resumed and not run.offline else None

    def send(self, record: Record) -> None:
        run = self.open[record.id]
        for line in record.lines[record.sent:]:
            run.log({"step": line.step, **line.values})
        for name, value in {**record.summary, "status": record.status}.items():
            run.summary[name] = value
        for file in record.files:
            run.save(str(file), base_path=str(record.run.folder), policy="now")
        if record.status != "training":
            self.open.pop(record.id).finish()

    def where(self, record: Record) -> str:
        return self.urls.get(record.id, f"wandb, project {self.project}, run {record.id}")

    def close(self) -> None:
        for run in self.open.values():
            run.finish()
        self.open.clear()


class MlFlow(Tracker):
    """MLflow, at MLFLOW_TRACKING_URI or its default location."""

    name, package = "mlflow", "mlflow"
    statuses = {"training": "RUNNING", "finished": "FINISHED", "stopped": "KILLED"}

    def __init__(self, project: str) -> None:
        super().__init__(project)
        self.mlflow = _package(self)
        self.client = self.mlflow.MlflowClient()
        self.runs: dict[str, str] = {}  # MLflow's ids, by ours

    def place(self) -> str:
        return f"{self.name} {self.project} {self.mlflow.get_tracking_uri()}"

    def begin(self, record: Record) -> int | None:
        if record.id in self.runs:
            return None
        experiment = self.client.get_experiment_by_name(self.project)
        experiment_id = experiment.experiment_id if experiment else self.client.create_experiment(self.project)
        found = self.client.search_runs([experiment_id], f"tags.`seqrl.id` = '{record.id}'")
        if found:
            self.runs[record.id] = found[0].info.run_id
            return self._lines_of(record)
        tags = {**record.tags, "seqrl.id": record.id, "seqrl.folder": str(record.run.folder.resolve())}
        begun = int(1000 * record.lines[0].time) if record.lines and record.lines[0].time else None
        made = self.client.create_run(experiment_id, start_time=begun, tags=tags, run_name=record.name)
        self.runs[record.id] = made.info.run_id
        params = [self.mlflow.entities.Param(key, str(value)[:6000]) for key, value in record.config.items()]
        for part in _parts(params, 100):
            self.client.log_batch(made.info.run_id, params=part)
        return 0

    def _lines_of(self, record: Record) -> int:
        """Returns the number of leading lines that MLflow has completely."""
        run_id = self.runs[record.id]
        names = {name for line in record.lines for name in line.values}
        there = {(name, metric.step) for name in names
                 for metric in self.client.get_metric_history(run_id, _mlflow_name(name))}
        for count, line in enumerate(record.lines):
            if any((name, line.step) not in there for name in line.values):
                return count
        return len(record.lines)

    def send(self, record: Record) -> None:
        run_id, metric = self.runs[record.id], self.mlflow.entities.Metric
        metrics = [metric(_mlflow_name(name), value, int(1000 * line.time), line.step)
                   for line in record.lines[record.sent:] for name, value in line.values.items()]
        for part in _parts(metrics, 1000):
            self.client.log_batch(run_id, metrics=part)
        last = record.lines[-1] if record.lines else Line(0, {})
        results = [metric(_mlflow_name(name), value, int(1000 * last.time), last.step)
                   for name, value in record.summary.items()]
        known = self.client.get_run(run_id).data.metrics
        self.client.log_batch(run_id, metrics=[result for result in results if known.get(result.key) != result.value])
        for file in record.files:
            self.client.log_artifact(run_id, str(file))
        ended = int(1000 * last.time) or None
        if record.status == "training":
            self.client.update_run(run_id, status="RUNNING")
        else:
            self.client.set_terminated(run_id, self.statuses[record.status], end_time=ended)

    def where(self, record: Record) -> str:
        run_id = self.runs.get(record.id)
        return f"{self.mlflow.get_tracking_uri()}, experiment {self.project}, run {run_id}"


class Trackio(Tracker):
    """Trackio, which allows one open run at a time and identifies runs by name."""

    name = package = "trackio"

    def __init__(self, project: str) -> None:
        super().__init__(project)
        self.trackio = _package(self)

    def send(self, record: Record) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            self.trackio.init(project=self.project, name=self._name(record), config=record.config, resume="allow",
                              embed=False, auto_log_gpu=False, auto_log_cpu=False)
            for line in record.lines[record.sent:]:
                self.trackio.log(line.values, step=line.step)
            if record.summary:
                self.trackio.log(record.summary, step=record.lines[-1].step if record.lines else 0)
            self.trackio.finish()

    def _name(self, record: Record) -> str:
        return f"{record.name}-{record.id[:6]}"

    def where(self, record: Record) -> str:
        return f"trackio, project {self.project}, run {self._name(record)}"


TRACKERS: dict[str, type[Tracker]] = {made.name: made for made in (Wandb, MlFlow, Trackio, Csv)}


def _package(tracker: Tracker) -> Any:
    try:
        return importlib.import_module(tracker.package)
    except ImportError as error:
        if getattr(error, "name", None) != tracker.package:
            raise _seqrl.Failure(f"cannot import {tracker.name}: {error}") from None
        raise _seqrl.UserError(
            f"{tracker.name} is not installed: pip install {tracker.package}; csv needs no package"
        ) from None


def _dotted(value: Any, key: str = "") -> Iterator[tuple[str, Plain]]:
    """Yields the values of nested mappings with dotted keys, lists as text.

    >>> dict(_dotted({"env": {"kind": "hopper"}, "evaluation": {"targets": [3600, 1800]}}))
    {'env.kind': 'hopper', 'evaluation.targets': '[3600, 1800]'}
    """
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _dotted(below, f"{key}.{name}" if key else name)
    else:
        yield key, str(value) if isinstance(value, list) else value


def _mlflow_name(name: str) -> str:
    """Replaces characters that MLflow does not allow in names.

    >>> _mlflow_name("window/3600/score"), _mlflow_name("a|b")
    ('window/3600/score', 'a_b')
    """
    return re.sub(r"[^\w\-. /:]", "_", name)


def _parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for begin in range(0, len(items), size):
        yield items[begin : begin + size]


def _write_csv(path: pathlib.Path, header: list[str], rows: list[list[Any]]) -> None:
    with open(f"{path}.part", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    os.replace(f"{path}.part", path)
