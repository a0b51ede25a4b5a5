#!/usr/bin/env python3
"""Runs are tracked completely and only once: run as tracking_test.py SEQRL, with the package's folder in PYTHONPATH or
installed. Tests of trackers whose package is missing are skipped.

Exit status 77, which CTest counts as skipped, if numpy is not installed.
"""

import csv
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

from modules import np, seqrl

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "seqrl"

CONFIG = {"env": "hopper", "dataset": {"path": "d.hdf5"}, "device": "cpu", "backbone": {"kind": "min_gru", "dim": 16},
          "training": {"steps": 12, "warmup": 5, "batch": 4, "log_every": 1, "checkpoint_every": 5, "threads": 1},
          "evaluation": {"every": 6, "episodes": 1, "targets": [1500], "mode": "stream"}}
KILLED = """
import json, os, signal, sys, seqrl

class Kill(seqrl.Callback):
    def on_step(self, step, loss):
        if step == 9:
            os.kill(os.getpid(), signal.SIGKILL)

seqrl.train(json.loads(sys.argv[1]), {"output": sys.argv[2]}, callbacks=Kill())
"""


def needs(package):
    return unittest.skipUnless(importlib.util.find_spec(package), f"{package} is not installed")


def lines(run):
    """(step, name, value) of every metric in metrics.jsonl."""
    read = [json.loads(text) for text in (run / "metrics.jsonl").read_text().splitlines()]
    return sorted((line["step"], name, value) for line in read for name, value in line.items()
                  if name != "step" and value is not None)


class Tracking(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory()
        seqrl.collect(env="hopper", policy="medium", transitions=500, output=f"{cls.made.name}/d.hdf5")

    @classmethod
    def tearDownClass(cls):
        cls.made.cleanup()

    def setUp(self):
        before, folder = os.getcwd(), tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, before)
        shutil.copy(f"{self.made.name}/d.hdf5", folder.name)
        os.chdir(folder.name)
        self.run_ = pathlib.Path("run")
        place = {"WANDB_MODE": "offline", "MLFLOW_TRACKING_URI": f"sqlite:///{folder.name}/mlflow.db",
                 "TRACKIO_DIR": f"{folder.name}/trackio", "WANDB_SILENT": "true"}
        environment = unittest.mock.patch.dict(os.environ, place)
        environment.start()
        self.addCleanup(environment.stop)

    def train(self, **settings):
        return seqrl.train(CONFIG, {"output": "run", **settings})

    def train_killed(self):
        """Trains up to step 9; the last checkpoint is at step 6."""
        done = subprocess.run([sys.executable, "-c", KILLED, json.dumps(CONFIG), "run"], check=False)
        self.assertEqual(done.returncode, -9)
        self.assertEqual(lines(self.run_)[-1][0], 9)

    def check_whole_and_once(self, to, read, track=seqrl.track):
        """`read` returns (step, name, value) of every metric in the tracker's only record."""
        self.train_killed()
        track("run", to)
        self.assertEqual(read(), lines(self.run_))
        stopped = lines(self.run_)
        with self.assertRaises(KeyError):
            seqrl.resume("run", callbacks=RaisesAtOnce())
        self.assertLess(len(lines(self.run_)), len(stopped))  # reset to the checkpoint
        track("run", to)
        self.assertEqual(read(), stopped)
        seqrl.resume("run")
        for _ in range(2):
            track("run", to)
            self.assertEqual(read(), lines(self.run_))
        self.assertEqual(lines(self.run_)[-1][0], 12)

    def test_csv_has_a_row_a_step_and_what_the_run_came_to(self):
        run = self.train()
        self.assertEqual(seqrl.track("run", "csv"), {"run": "run/tracking/metrics.csv"})
        with open("run/tracking/metrics.csv") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([int(row["step"]) for row in rows], list(range(1, 13)))
        np.testing.assert_array_equal([float(row["loss"]) for row in rows], run.curve("loss")[1])
        self.assertEqual([int(row["step"]) for row in rows if row["eval/stream/1500/return"]], [6, 12])
        with open("run/tracking/run.csv") as file:
            facts = dict(csv.reader(file))
        self.assertEqual(facts["training.steps"], "12")
        self.assertEqual(facts["backbone.kind"], "min_gru")
        self.assertEqual(facts["status"], "finished")
        best = run.evaluation["best"]
        self.assertEqual(float(facts["best/score"]), best["targets"][0]["score_mean"])
        self.assertEqual(float(facts["best/step"]), best["step"])

    def test_csv_is_whole_after_a_kill_and_a_resume(self):
        def read():
            with open("run/tracking/metrics.csv") as file:
                return sorted((int(row["step"]), name, float(value)) for row in csv.DictReader(file)
                              for name, value in row.items() if name != "step" and value)

        self.train_killed()
        seqrl.track("run", "csv")
        self.assertEqual(read(), lines(self.run_))
        seqrl.resume("run")
        seqrl.track("run", "csv")
        self.assertEqual(read(), lines(self.run_))

    def test_the_program_tracks_a_run_while_it_trains(self):
        pathlib.Path("config.yaml").write_text(json.dumps(CONFIG))
        track = subprocess.Popen([PROGRAM, "track", "run", "--live", "--to", "csv", "--every", "0.05",
                                  "--python", sys.executable], stdout=subprocess.PIPE, text=True)
        self.assertIn("waiting for run to start", track.stdout.readline())
        subprocess.run([PROGRAM, "train", "config.yaml", "output=run"], check=True, capture_output=True)
        said, _ = track.communicate(timeout=60)
        self.assertEqual((track.returncode, said), (0, "run: run/tracking/metrics.csv\n"))
        with open("run/tracking/metrics.csv") as file:
            self.assertEqual(len(list(csv.DictReader(file))), 12)
        self.assertIn("status,finished", pathlib.Path("run/tracking/run.csv").read_text())

    def test_mistakes_are_one_line(self):
        self.train()

        def refused(because, *arguments, status=2):
            done = subprocess.run([PROGRAM, "track", *arguments], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (status, 1), done.stderr)
            self.assertIn(because, done.stderr)

        python = ("--python", sys.executable)
        refused("no tracker 'wanbd'; did you mean 'wandb'?", "run", "--to", "wanbd", *python)
        refused("nowhere", "nowhere", "--to", "csv", *python)
        refused("--every", "run", "--to", "csv", "--every", "often", *python)
        refused("more than 0 seconds", "run", "--to", "csv", "--every", "0", *python)
        refused("--to is required", "run")
        refused("no program 'nopython'", "run", "--to", "csv", "--python", "nopython")
        with unittest.mock.patch.dict(sys.modules, {"wandb": None}):
            with self.assertRaisesRegex(seqrl.UserError, "wandb is not installed: pip install wandb"):
                seqrl.track("run", "wandb")
        pathlib.Path("run/tracking").mkdir(exist_ok=True)
        pathlib.Path("run/tracking/sent.json").write_text("{")
        refused("delete it to track the run again from the start", "run", "--to", "csv", *python)

    def test_two_processes_do_not_track_one_run(self):
        self.train()
        pathlib.Path("run/tracking").mkdir()
        holds = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(flush=True); input()"
        with subprocess.Popen([sys.executable, "-c", holds, "run/tracking/lock"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as other:
            other.stdout.readline()
            with self.assertRaisesRegex(seqrl.UserError, "another process is tracking this run"):
                seqrl.track("run", "csv")
            other.communicate("\n")

    def mlflow_runs(self):
        import mlflow

        experiment = mlflow.MlflowClient().get_experiment_by_name("seqrl")
        return mlflow.MlflowClient().search_runs([experiment.experiment_id])

    def read_mlflow(self):
        import mlflow

        (run,) = self.mlflow_runs()
        names = {name for _, name, _ in lines(self.run_)}
        return sorted((metric.step, name, metric.value) for name in names
                      for metric in mlflow.MlflowClient().get_metric_history(run.info.run_id, name))

    @needs("mlflow")
    def test_mlflow_has_every_line_once(self):
        self.check_whole_and_once("mlflow", self.read_mlflow)
        # Neither saved state nor the order of process deaths matters: MLflow is queried.
        pathlib.Path("run/tracking/sent.json").write_text(json.dumps({
            place: {**known, "lines": 0, "sha256": seqrl._tracking._digest([])}
            for place, known in json.loads(pathlib.Path("run/tracking/sent.json").read_text()).items()}))
        seqrl.track("run", "mlflow")
        self.assertEqual(self.read_mlflow(), lines(self.run_))

    @needs("mlflow")
    def test_mlflow_has_config_tags_scores_and_files(self):
        run = self.train()
        seqrl.track("run", "mlflow")
        (record,) = self.mlflow_runs()
        self.assertEqual(record.info.status, "FINISHED")
        self.assertEqual(record.data.params["training.steps"], "12")
        self.assertEqual(record.data.tags["learner"], "min_gru")
        self.assertEqual(record.data.metrics["best/score"], run.evaluation["best"]["targets"][0]["score_mean"])
        import mlflow

        names = {file.path for file in mlflow.MlflowClient().list_artifacts(record.info.run_id)}
        self.assertEqual(names, {"config.yaml", "eval.json"})

    @needs("mlflow")
    def test_a_run_that_was_trained_again_has_a_new_record(self):
        self.train()
        seqrl.track("run", "mlflow")
        shutil.move("run/tracking", "kept")
        shutil.rmtree("run")
        self.train(**{"training.lr": 1e-2})
        shutil.move("kept", "run/tracking")
        said = []
        seqrl.track("run", "mlflow", on_message=said.append)
        self.assertIn("a new record begins", said[0])
        self.assertEqual(len(self.mlflow_runs()), 2)
        self.assertEqual({run.data.params["training.lr"] for run in self.mlflow_runs()}, {"0.0001", "0.01"})

    @needs("wandb")
    def test_wandb_offline_has_every_line_once(self):
        def read():
            files = sorted(pathlib.Path("wandb").glob("offline-run-*/*.wandb"))
            self.assertEqual(len({file.stem for file in files}), 1)  # one run's id
            rows = [row for file in files for row in wandb_history(file)]
            return sorted((row["step"], name, value) for row in rows for name, value in row.items()
                          if name != "step" and not name.startswith("_"))

        def track(run, to):  # W&B has written everything once its process has ended
            subprocess.run([sys.executable, "-m", "seqrl", "track", run, "--to", to], check=True, capture_output=True)

        self.check_whole_and_once("wandb", read, track)

    @needs("trackio")
    def test_trackio_has_every_line_once(self):
        def read():
            from trackio.sqlite_storage import SQLiteStorage

            (run,) = SQLiteStorage.get_runs("seqrl")
            names = {name for _, name, _ in lines(self.run_)}
            return sorted((row["step"], name, row[name]) for row in SQLiteStorage.get_logs("seqrl", run)
                          for name in names & row.keys())

        self.check_whole_and_once("trackio", read)


class RaisesAtOnce(seqrl.Callback):
    def on_message(self, line):
        raise KeyError


def wandb_records(path):
    """The records in a file of W&B's offline mode: a LevelDB log of 32 KiB blocks, parts with checksum, length, kind."""
    data, at, record = path.read_bytes(), 7, b""  # after the file's own header
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        if left < 7 or kind == 0:  # padding of a block
            at += left
            continue
        record += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield record
            record = b""


def wandb_history(path):
    """The rows of the history in such a file."""
    from wandb.proto.wandb_internal_pb2 import Record

    for data in wandb_records(path):
        record = Record.FromString(data)
        if record.WhichOneof("record_type") == "history":
            yield {".".join(item.nested_key) or item.key: json.loads(item.value_json)
                   for item in record.history.item}


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)  # W&B needs a number
