"""Tracking: sends the metrics of runs to trackers, during or after training."""

from __future__ import annotations

import difflib
import fcntl
import hashlib
import json
import os
import pathlib
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Union

from seqrl import _seqrl
from seqrl._run import Run
from seqrl._trackers import TRACKERS, Line, Record, Tracker

Runs = Union[str, "os.PathLike[str]", Iterable[Union[str, "os.PathLike[str]"]]]

PATIENCE = 30.0  # seconds without a run in training, after which waiting ends


def track(
    runs: Runs,
    to: str,
    *,
    project: str = "seqrl",
    live: bool = False,
    every: float = 5.0,
    on_message: Callable[[str], None] | None = None,
) -> dict[str, str]:
    """Sends the metrics, config and scores of runs to a tracker, like `seqrl track`.

    A later call sends only new data: RUN/tracking stores what was sent. A run that was resumed from an earlier
    checkpoint continues its record, because its steps are the same. A run that was trained again with other results
    gets a new record. The trackers' own settings apply: WANDB_MODE=offline, MLFLOW_TRACKING_URI.

    Args:
        runs (str, os.PathLike, Run or iterable of these): runs' folders, folders above them, or glob patterns.
        to (str): the tracker: "wandb", "mlflow", "trackio" or "csv". csv needs no package; it writes
            RUN/tracking/metrics.csv and run.csv.
        project (str): the project of W&B or Trackio, or the experiment of MLflow. Not used by csv.
        live (bool): keep sending until no run has been trained for 30 s or, if `runs` are runs' folders, until all
            of them are finished. Waits as long as one of `runs` names no run.
        every (float): seconds between updates with `live`, more than 0.
        on_message (callable, optional): called with one line (str) for each event: the location of a run's record,
            a new record for a run that was trained again, the wait for a run to start.

    Returns:
        dict[str, str]: for the folder of each run, where its record can be viewed: the path of metrics.csv, the URL
        at W&B (offline: project and id), tracking URI, experiment and id in MLflow, or project and name in Trackio.

    Raises:
        UserError: there is no such tracker, its package is not installed, `every` is not positive, one of `runs`
            names no run (without `live`), another process tracks a run, or RUN/tracking/sent.json is damaged.
        Failure: the tracker's package cannot be imported or raised an exception other than OSError.
        OSError: a file cannot be written, or the tracker's package raised it.

    >>> track("runs/hopper", "csv")
    {'runs/hopper': 'runs/hopper/tracking/metrics.csv'}
    """
    if to not in TRACKERS:
        near = difflib.get_close_matches(to, TRACKERS, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"choose one of {', '.join(TRACKERS)}"
        raise _seqrl.UserError(f"no tracker '{to}'; {hint}")
    if not every > 0:
        raise _seqrl.UserError(f"every={every}: must be more than 0 seconds")
    names = [os.fspath(runs)] if isinstance(runs, (str, os.PathLike)) else [os.fspath(run) for run in runs]
    with _in_one_line(to):
        tracking = _Tracking(TRACKERS[to](project), on_message or (lambda line: None))
        try:
            if live:
                tracking.follow(names, every)
            else:
                tracking.send_all(_seqrl.find_runs(names))
        finally:
            tracking.close()
    return tracking.places


class _Tracking:
    def __init__(self, tracker: Tracker, say: Callable[[str], None]) -> None:
        self.tracker, self.say = tracker, say
        self.records: dict[str, _Kept] = {}
        self.places: dict[str, str] = {}

    def close(self) -> None:
        """Closes open records at the tracker, then releases the runs to other processes."""
        self.tracker.close()
        for kept in self.records.values():
            kept.lock.close()

    def send_all(self, folders: list[str]) -> None:
        for folder in folders:
            if folder not in self.records:
                self.records[folder] = _Kept(folder, self.tracker, self.say)
            place = self.records[folder].send()
            if place != self.places.get(folder):
                self.say(f"{folder}: {place}")
                self.places[folder] = place

    def follow(self, names: list[str], every: float) -> None:
        waiting, idle_since = False, time.monotonic()
        while True:
            try:
                folders = _seqrl.find_runs(names)
            except _seqrl.UserError:
                if not waiting:
                    self.say(f"waiting for {', '.join(names)} to start; press Ctrl-C to stop")
                waiting, idle_since = True, time.monotonic()
                time.sleep(every)
                continue
            if any(Run(folder).is_training for folder in folders):
                idle_since = time.monotonic()
            self.send_all(folders)
            finished = all(kept.status == "finished" for kept in self.records.values())
            more_may_begin = {os.path.normpath(run) for run in folders} != {os.path.normpath(name) for name in names}
            if (finished and not more_may_begin) or time.monotonic() - idle_since > PATIENCE:
                return
            time.sleep(every)


class _Kept:
    """A run and the state of its record in one tracker, which is stored in RUN/tracking."""

    def __init__(self, folder: str, tracker: Tracker, say: Callable[[str], None]) -> None:
        self.folder, self.tracker, self.say = pathlib.Path(folder), tracker, say
        self.path = self.folder / "tracking" / "sent.json"
        self.path.parent.mkdir(exist_ok=True)
        # Held while this process tracks the run: two processes would send everything twice.
        self.lock = open(self.path.parent / "lock", "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _seqrl.UserError(f"{folder}: another process is tracking this run") from None
        self.key = tracker.place()
        self.known = self._read().get(self.key) or self._fresh()
        self.begun = False
        self.status = ""

    @staticmethod
    def _fresh() -> dict[str, Any]:
        return {"id": uuid.uuid4().hex[:16], "lines": 0, "sha256": _digest([]), "told": ""}

    def _read(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        try:
            return dict(json.loads(self.path.read_text()))
        except ValueError:
            raise _seqrl.UserError(
                f"{self.path}: damaged, or not written by seqrl; delete it to track the run again from the start"
            ) from None

    def _remember(self, **known: Any) -> None:
        self.known.update(known)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps({**self._read(), self.key: self.known}, indent=2) + "\n")
        os.replace(part, self.path)

    def send(self) -> str:
        """Sends new data. Returns where the record can be viewed."""
        training = Run(self.folder).is_training  # before the files are read, so that later lines are not missed
        run = Run(self.folder)
        texts = _whole_lines(self.folder / "metrics.jsonl")
        self.status = "training" if training else "finished" if run.is_finished else "stopped"
        if len(texts) >= self.known["lines"] and _digest(texts[: self.known["lines"]]) != self.known["sha256"]:
            self.say(f"{self.folder}: trained again since it was tracked; a new record begins")
            self.known, self.begun = self._fresh(), False
        record = Record(self.known["id"], self.folder.resolve().name, run, _lines(texts, self.folder),
                        summary=_summary(run), status=self.status)
        told = _digest([json.dumps(record.summary), self.status])
        record.sent = self.known["lines"]
        nothing_new = len(texts) <= record.sent and told == self.known["told"]
        if not (self.begun and nothing_new):
            if not self.begun:
                self._remember()  # the record's id, before the record exists
            there = self.tracker.begin(record)
            if there is not None:
                # A run that was reset to an earlier checkpoint has fewer lines than were sent.
                record.sent = there if there < len(texts) else max(there, self.known["lines"])
            self.begun = True
            if record.sent < len(texts) or told != self.known["told"]:
                self.tracker.send(record)
                if len(texts) >= record.sent:
                    self.known.update(lines=len(texts), sha256=_digest(texts))
                self._remember(told=told)
        return self.tracker.where(record)


def _whole_lines(path: pathlib.Path) -> list[str]:
    """Returns the complete lines, without one that is being written."""
    if not path.exists():
        return []
    return path.read_text().split("\n")[:-1]


def _lines(texts: list[str], folder: pathlib.Path) -> list[Line]:
    times = _whole_lines(folder / "timing.jsonl")
    lines = []
    for i, text in enumerate(texts):
        values = json.loads(text)
        timing = json.loads(times[i]) if i < len(times) else {}
        numbers = {name: float(value) for name, value in values.items() if name != "step" and value is not None}
        lines.append(Line(int(values["step"]), numbers, float(timing.get("time", 0))))
    return lines


def _summary(run: Run) -> dict[str, float]:
    """Returns the numbers of the last and the best evaluation, their main number, and the parameter count."""
    numbers: dict[str, float] = {}
    for name, (step, measures) in run.results.items():
        numbers[f"{name}/step"] = step
        numbers.update({f"{name}/{measure}": value for measure, value in measures.items() if value == value})
        if run.main_measure in measures:
            numbers[f"{name}/{run.main_measure.rsplit('/', 1)[-1]}"] = measures[run.main_measure]
    if run.parameters is not None:
        numbers["parameters"] = run.parameters
    return numbers


def _digest(texts: list[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


@contextmanager
def _in_one_line(to: str) -> Iterator[None]:
    """Converts exceptions of a tracker's package, except OSError, to a Failure with a one-line message."""
    try:
        yield
    except (_seqrl.Error, OSError):
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise _seqrl.Failure(f"{to}: {lines[0]}") from error
