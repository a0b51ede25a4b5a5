#!/usr/bin/env python3
"""The examples in tools/examples/python work: run as examples_test.py SEQRL, with the package's folder in PYTHONPATH
or installed. Tests that need a missing package are skipped.

Exit status 77, which CTest counts as skipped, if numpy is not installed.
"""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from modules import seqrl

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "tools/examples/python"


def needs(*packages):
    missing = [package for package in packages if not importlib.util.find_spec(package)]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.made.name)

    @classmethod
    def tearDownClass(cls):
        cls.made.cleanup()

    def start(self, example, *arguments):
        environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "MPLCONFIGDIR": self.made.name}
        return subprocess.Popen([sys.executable, EXAMPLES / example, *arguments], cwd=self.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)

    def end(self, process):
        said, errors = process.communicate()
        self.assertEqual(process.returncode, 0, errors)
        return said

    def example(self, *command):
        return self.end(self.start(*command))

    @needs("matplotlib")
    def test_1_a_notebook_trains_and_plots(self):
        said = self.example("train_and_plot.py", "30")
        self.assertIn("step 30: return ", said)
        self.assertIn("<seqrl.Run runs/notebook: min_gru, 30 steps>: notebook.png\n", said)
        self.assertTrue((self.folder / "notebook.png").read_bytes().startswith(b"\x89PNG"))

    @needs("matplotlib", "gymnasium", "mujoco")
    def test_2_an_exported_folder_acts_in_gymnasium(self):
        subprocess.run([PROGRAM, "export", "runs/notebook", "agent"], cwd=self.folder, check=True, capture_output=True)
        said = self.example("act_in_gymnasium.py", "agent", "1800")
        best = "runs/notebook/checkpoints/best.safetensors"  # the exported one
        self.assertEqual(said, self.example("act_in_gymnasium.py", best, "1800"))
        self.assertRegex(said, r"^Hopper-v4: return \d+\.\d\n$")
        self.assertGreater(float(self.example("act_in_gymnasium.py", "hopper-expert").split()[-1]), 3000)

    @needs("mlflow")
    def test_3_a_sweep_is_read_back_from_mlflow(self):
        said = self.example("sweep_to_mlflow.py", "20")
        self.assertRegex(said, r"\nruns/swept/\S+|\n/\S+runs/swept/\S+: evaluated again, the same score\n$")

    @needs("optuna")
    def test_a_search_is_shared_and_goes_on(self):
        seqrl.collect(env="hopper", policy="medium", transitions=1000, output=self.folder / "d.hdf5")
        (self.folder / "base.yaml").write_text(
            "env: hopper\ndataset: {path: d.hdf5}\ntraining: {steps: 4, batch: 4, warmup: 2, threads: 1}\n"
            "evaluation: {every: 2, episodes: 1, targets: [1000], mode: stream}\n")
        two = [self.start("search.py", "base.yaml", "2") for _ in range(2)]
        for process in two:
            self.assertIn("best return ", self.end(process))
        first = len(self.trials())
        self.assertGreaterEqual(first, 2)
        self.example("search.py", "base.yaml", str(first + 1))
        trials = self.trials()
        self.assertEqual(len(trials), first + 1)
        for trial in trials:
            self.assertEqual(set(trial.params), {"lr", "dim", "layers"})
            run = seqrl.Run(self.folder / f"runs/search/{trial.number}")
            self.assertEqual(run.config["training"]["lr"], trial.params["lr"])
            steps, returns = run.curve("eval/stream/1000/return")
            self.assertEqual(dict(zip(steps, returns)), trial.intermediate_values)

    def trials(self):
        import optuna

        journal = optuna.storages.journal.JournalFileBackend(str(self.folder / "search.log"))
        return optuna.load_study(study_name="search", storage=optuna.storages.JournalStorage(journal)).trials

    @needs("optuna")
    def test_a_pruned_trial_ends_early_and_is_saved(self):
        import optuna

        seqrl.collect(env="hopper", policy="medium", transitions=500, output=self.folder / "p.hdf5")

        class Report(seqrl.Callback):
            def on_evaluation(self, step, evaluation):
                trial.report(evaluation["targets"][0]["return_mean"], step)
                if trial.should_prune():
                    raise optuna.TrialPruned

        study = optuna.create_study(pruner=optuna.pruners.ThresholdPruner(lower=1e9))
        trial = study.ask()
        with self.assertRaises(optuna.TrialPruned):
            seqrl.train({"env": "hopper", "dataset": {"path": self.folder / "p.hdf5"}, "backbone": {"dim": 16},
                         "training": {"steps": 6, "batch": 4, "warmup": 1},
                         "evaluation": {"every": 2, "episodes": 1, "targets": [1000], "mode": "stream"}},
                        {"output": self.folder / "pruned"}, callbacks=Report())
        run = seqrl.Run(self.folder / "pruned")
        self.assertEqual(run.evaluation["last"]["step"], 2)
        self.assertEqual(seqrl.resume(run).step, 6)

    @needs("gymnasium", "mujoco")
    def test_the_same_agent_in_gymnasium(self):
        import mujoco

        said = self.example("evaluate_in_gymnasium.py", "hopper-expert", "5")
        told = json.loads(subprocess.run([PROGRAM, "eval", "hopper-expert", "episodes=5", "--json"], check=True,
                                         capture_output=True).stdout)
        ours = told["targets"][0]
        if told["mujoco_version"] == mujoco.__version__:
            self.assertEqual(said, f"Hopper-v4  {ours['return_mean']:.1f} ± {ours['return_std']:.1f}\n")
        else:  # another version of MuJoCo: similar
            self.assertAlmostEqual(float(said.split()[1]), ours["return_mean"], delta=0.01 * ours["return_mean"])


if __name__ == "__main__":
    unittest.main()
