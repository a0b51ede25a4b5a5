#!/usr/bin/env python3
"""The package seqrl trains, evaluates and reads runs like the program: run as package_test.py SEQRL,
with the package's folder in PYTHONPATH or installed.

Exit status 77, which CTest counts as skipped, if numpy is not installed.
"""

import doctest
import importlib
import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

from modules import np, seqrl

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "seqrl"

INTERRUPTED = """
import signal, sys, seqrl

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it

class Tell(seqrl.Callback):
    def on_step(self, step, loss):
        if step == 1:
            print("begun", flush=True)

try:
    seqrl.train({"env": "hopper", "dataset": {"path": "d.hdf5"}, "backbone": {"kind": "min_gru", "dim": 16}},
                {"output": "interrupted", "training.steps": 1000000}, callbacks=Tell())
except KeyboardInterrupt as interrupt:
    print(interrupt)
"""


def installed(package):
    return importlib.util.find_spec(package) is not None


def config(**training):
    steps = {"steps": 20, "warmup": 5, "batch": 8, "lr": 1e-2, "log_every": 5, "threads": 2, **training}
    return {"env": "hopper", "dataset": {"path": pathlib.Path("d.hdf5")}, "device": "cpu",
            "backbone": {"kind": "min_gru", "dim": 16}, "training": steps,
            "evaluation": {"every": 10, "episodes": 2, "targets": [np.float64(1500)], "mode": "stream"}}


class Hopper:
    """Gymnasium's interface around seqrl's own environment."""

    class Box:
        def __init__(self, size):
            self.low, self.high = np.full(size, -1.0, np.float32), np.full(size, 1.0, np.float32)
            self.shape, self.dtype = self.low.shape, self.low.dtype

    made = closed = 0

    def __init__(self, breaks_at=None):
        self.env, self.breaks_at, self.steps = seqrl.Env("hopper"), breaks_at, 0
        self.action_space = self.Box(self.env.action_dim)
        Hopper.made += 1

    def reset(self, seed):
        self.steps = 0
        return self.env.reset(seed), {}

    def step(self, action):
        self.steps += 1
        if self.steps == self.breaks_at:
            return np.full(11, np.nan), 1.0, False, False, {}
        observation, reward, terminated, truncated, _ = self.env.step(action)
        return observation, reward, terminated, truncated, {"success": self.steps > 3}

    def close(self):
        Hopper.closed += 1


class Record(seqrl.Callback):
    def __init__(self):
        self.steps, self.lines, self.evaluations = [], [], []

    def on_step(self, step, loss):
        assert np.isfinite(loss)
        self.steps.append(step)

    def on_message(self, line):
        self.lines.append(line)

    def on_evaluation(self, step, evaluation):
        self.evaluations.append((step, evaluation["targets"][0]["return_mean"]))


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.before = os.getcwd()
        cls.folder = tempfile.TemporaryDirectory()
        os.chdir(cls.folder.name)
        cls.collected = seqrl.collect(env="hopper", policy="medium", transitions=1500, output="d.hdf5")
        cls.record = Record()
        cls.run_ = seqrl.train(config(), {"output": "run"}, callbacks=cls.record)

    @classmethod
    def tearDownClass(cls):
        os.chdir(cls.before)
        cls.folder.cleanup()

    def program(self, *arguments):
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def rejects(self, because, call):
        with self.assertRaises(seqrl.UserError) as raised:
            call()
        self.assertIn(because, str(raised.exception))
        self.assertNotIn("\n", str(raised.exception))

    def test_a_mapping_trains_to_the_bytes_of_the_program(self):
        pathlib.Path("config.yaml").write_text(json.dumps(config(), default=lambda x: x.tolist() if
                                               hasattr(x, "tolist") else str(x)))
        self.program("train", "config.yaml", "output=by_program")
        by_file = seqrl.train("config.yaml", ["output=by_file"])
        for run in ("by_program", by_file):
            for name in ("metrics.jsonl",):
                self.assertEqual((pathlib.Path(run) / name).read_bytes(),
                                 (self.run_.folder / name).read_bytes())

    def test_callbacks_hear_of_steps_messages_and_evaluations(self):
        self.assertEqual(self.record.steps, list(range(1, 21)))
        self.assertEqual([step for step, _ in self.record.evaluations], [10, 20])
        self.assertIn("done", self.record.lines[-1])
        last = self.run_.evaluation["last"]
        self.assertEqual(last["targets"][0]["return_mean"], self.record.evaluations[-1][1])

    def test_what_a_callback_raises_leaves_a_run_to_resume(self):
        class Prune(seqrl.Callback):
            def on_evaluation(self, step, evaluation):
                raise LookupError(f"pruned at {step}")

        with self.assertRaisesRegex(LookupError, "pruned at 10"):
            seqrl.train(config(), {"output": "pruned"}, callbacks=[Prune()])
        run = seqrl.Run("pruned")
        self.assertEqual(run.step, 10)
        run = seqrl.resume(run)
        self.assertEqual(run.step, 20)
        self.assertEqual((run.folder / "metrics.jsonl").read_bytes(),
                         (self.run_.folder / "metrics.jsonl").read_bytes())

    def test_ctrl_c_leaves_a_run_to_resume(self):
        child = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True)
        self.assertEqual(child.stdout.readline(), "begun\n")
        child.send_signal(signal.SIGINT)
        said, _ = child.communicate()
        self.assertEqual(child.returncode, 0)
        self.assertRegex(said, r"^stopped after \d+ of 1000000 steps; everything is saved: "
                               r"seqrl.resume\('interrupted'\)\n$")
        steps = int(said.split()[2])
        settings = {"training.steps": steps + 1, "evaluation.episodes": 1, "evaluation.targets": [100]}
        self.assertEqual(seqrl.resume("interrupted", settings).step, steps + 1)

    def test_other_threads_run_meanwhile(self):
        done, counted = threading.Event(), []

        def count():
            while not done.is_set():
                counted.append(len(counted))

        thread = threading.Thread(target=count)
        thread.start()
        before = len(counted)
        seqrl.evaluate(self.run_, episodes=1)
        done.set()
        thread.join()
        self.assertGreater(len(counted), before)

    def test_a_run_shows_its_metrics_curves_and_checkpoints(self):
        run = seqrl.Run("run")
        self.assertEqual(list(run.metrics["step"]), [5, 10, 15, 20])
        steps, losses = run.curve("loss")
        self.assertEqual(list(steps), [5, 10, 15, 20])
        self.assertLess(losses[-1], losses[0])
        returns = next(name for name in run.metrics if name.endswith("return"))
        self.assertEqual(list(run.curve(returns)[0]), [10, 20])
        self.assertEqual(run.config["training"]["lr"], 1e-2)
        self.assertEqual(run.config["backbone"]["kind"], "min_gru")
        self.assertLessEqual({"last", "best", "previous"}, set(run.checkpoints))
        self.assertIn("done", run.log)
        self.assertEqual(repr(run), "<seqrl.Run run: min_gru, 20 steps>")
        with self.assertRaisesRegex(KeyError, "no metric 'lose'; the metrics are step, "):
            run.curve("lose")

    @unittest.skipUnless(installed("pandas"), "pandas is not installed")
    def test_metrics_are_a_frame_of_pandas(self):
        frame = self.run_.frame()
        self.assertEqual(list(frame.index), [5, 10, 15, 20])
        self.assertEqual(frame["loss"][20], self.run_.curve("loss")[1][-1])

    def test_weights_are_arrays_by_name(self):
        weights = self.run_.weights()
        of_network = [array for name, array in weights.items() if name.startswith("model.")]
        self.assertEqual(sum(array.size for array in of_network), self.run_.parameters)
        self.assertEqual(weights["observation.mean"].shape, (11,))
        self.assertFalse(any("optimizer" in name for name in weights))
        self.assertEqual(weights.keys(), seqrl.load_weights(self.run_).keys())
        self.assertIn("model.actor.0.weight", seqrl.load_weights("hopper-expert"))
        self.rejects("did you mean 'hopper-expert'", lambda: seqrl.load_weights("hopper-expret"))

    def test_evaluating_is_what_the_program_does(self):
        ours = seqrl.evaluate("run", episodes=3, targets=[1500, 1000], mode=["stream", "window"])
        said = json.loads(self.program("eval", "run", "--json", "episodes=3", "targets=[1500,1000]",
                                       "mode=[stream,window]"))
        self.assertEqual(ours["targets"], said["targets"])
        self.rejects("did you mean 'episodes'", lambda: seqrl.evaluate("run", settings={"episode": 3}))

    def test_an_environment_in_this_interpreter_gives_the_same_digits(self):
        said = seqrl.evaluate("run", episodes=5, targets=[1500, 1000], mode=["stream", "window"])
        before = Hopper.made, Hopper.closed
        played = seqrl.evaluate("run", Hopper, episodes=5, targets=[1500, 1000],
                                mode=["stream", "window"], environments=3)
        self.assertEqual((Hopper.made - before[0], Hopper.closed - before[1]), (3, 3))
        for ours, theirs in zip(said["targets"], played["targets"]):
            self.assertEqual(ours["returns"], theirs["returns"])
            self.assertEqual(ours["lengths"], theirs["lengths"])
            self.assertEqual(theirs["success_mean"], 1)
        self.assertEqual(played["env"], "Hopper")
        one = seqrl.evaluate("run", Hopper(), episodes=2, targets=1500, mode="stream")
        self.assertEqual(one["targets"][0]["returns"], said["targets"][0]["returns"][:2])

    def test_a_broken_episode_is_counted_and_never_scored(self):
        played = seqrl.evaluate("run", lambda: Hopper(breaks_at=4), episodes=2)
        self.assertEqual(played["targets"][0]["invalid"], 2)
        self.assertIsNone(played["targets"][0]["return_mean"])

    def test_mistakes_in_calls_are_user_errors(self):
        self.rejects("mode is empty", lambda: seqrl.evaluate("run", Hopper, mode=[]))
        self.rejects("targets is empty", lambda: seqrl.evaluate("run", targets=[]))
        self.rejects("seed must be at least 0", lambda: seqrl.evaluate("run", Hopper, seed=-1))
        self.rejects("not an environment", lambda: seqrl.evaluate("run", lambda: None, episodes=1))
        self.rejects("not one text", lambda: seqrl.train(config(), "training.steps=5"))
        self.rejects("derived from seqrl.Callback", lambda: seqrl.train(config(), callbacks=print))
        self.rejects("derived from seqrl.Callback", lambda: seqrl.train(config(), callbacks=[seqrl.Callback]))
        one = seqrl.evaluate("run", episodes=1, targets=np.float32(1500), mode="stream")
        self.assertEqual(one["targets"][0]["target"], 1500)

    def test_environments_are_closed_if_making_another_fails(self):
        before = Hopper.made, Hopper.closed

        def third_fails():
            if Hopper.made - before[0] == 2:
                raise OSError("no more")
            return Hopper()

        with self.assertRaisesRegex(OSError, "no more"):
            seqrl.evaluate("run", third_fails, episodes=3)
        self.assertEqual((Hopper.made - before[0], Hopper.closed - before[1]), (2, 2))

    def test_a_dataset_is_iterated_by_the_names_of_its_arrays(self):
        data = seqrl.load_dataset("d.hdf5")
        self.assertEqual(list(data), data.keys())
        self.assertIn("rewards", data)
        self.assertNotIn("reward", data)

    def plays_as_the_program_does(self, id, **options):
        """Trains in a Gymnasium environment, and evaluates in seqrl's worker and in this interpreter."""
        import gymnasium

        env = {"kind": "gymnasium", "id": id, "python": sys.executable, **options}
        seqrl.collect(env=env, policy="random", transitions=300, output=f"{id}.hdf5")
        run = seqrl.train({**config(steps=10), "env": env, "dataset": {"path": f"{id}.hdf5"},
                           "agent": {"kind": "decision_transformer", "return_scale": 1}},
                          {"output": id, "evaluation.targets": [5], "evaluation.episodes": 3})
        said = seqrl.evaluate(run, episodes=5, settings={"env.python": sys.executable})["targets"][0]
        played = seqrl.evaluate(run, lambda: gymnasium.make(id, **options), episodes=5)["targets"][0]
        self.assertEqual((said["returns"], said["lengths"]), (played["returns"], played["lengths"]))
        self.assertEqual(run.actor().gymnasium_id, id)
        return played

    @unittest.skipUnless(installed("gymnasium"), "gymnasium is not installed")
    def test_choices_in_cartpole(self):
        played = self.plays_as_the_program_does("CartPole-v1")
        self.assertEqual(played["returns"], played["lengths"])

    @unittest.skipUnless(installed("gymnasium_robotics"), "gymnasium_robotics is not installed")
    def test_observations_that_are_a_mapping(self):
        import gymnasium
        import gymnasium_robotics

        gymnasium.register_envs(gymnasium_robotics)
        played = self.plays_as_the_program_does("PointMaze_UMaze-v3", max_episode_steps=30)
        self.assertTrue(0 <= played["success_mean"] <= 1)

    @unittest.skipUnless(installed("gymnasium"), "gymnasium is not installed")
    def test_an_environment_that_does_not_fit_is_named(self):
        import gymnasium

        self.rejects("observations of 11 numbers",
                     lambda: seqrl.evaluate("run", lambda: gymnasium.make("Pendulum-v1"), episodes=1))

    def test_a_dataset_is_views_and_slices(self):
        data = seqrl.load_dataset(pathlib.Path("d.hdf5"))
        self.assertEqual(self.collected.transitions, 1500)
        self.assertEqual(len(data.episodes), self.collected.episodes - self.collected.cut)
        self.assertEqual(data["rewards"].__array_interface__["data"],
                         data.rewards.__array_interface__["data"])
        self.assertTrue(np.shares_memory(data.observations[data.episodes[0]], data.observations))
        for episode, total in zip(data.episodes, data.returns):
            self.assertAlmostEqual(float(data.rewards[episode].astype(float).sum()), total, places=6)
        self.assertEqual(set(dict(data)), set(data.keys()))
        self.assertEqual(data.env, "hopper")
        self.assertIsNone(data.next_observations)
        with self.assertRaises(KeyError):
            data["reward"]

    def test_what_speaks_dlpack_is_read_where_it_lies(self):
        class Foreign:
            def __init__(self, array):
                self.array = array

            def __dlpack__(self, **options):
                return self.array.__dlpack__(**options)

            def __dlpack_device__(self):
                return self.array.__dlpack_device__()

        actor, other = self.run_.actor(2), self.run_.actor(2)
        actor.reset(1500)
        other.reset(1500)
        observations = np.linspace(-1, 1, 22).reshape(2, 11)
        self.assertTrue((actor.act(Foreign(observations)) == other.act(observations)).all())

    @unittest.skipUnless(installed("torch"), "torch is not installed")
    def test_tensors_of_torch_give_tensors(self):
        import torch

        actor, other = self.run_.actor(2), self.run_.actor(2)
        actor.reset(1500)
        other.reset(1500)
        observations = torch.linspace(-1, 1, 22).reshape(2, 11)
        actions = actor.act(observations, torch.zeros(2))
        self.assertIsInstance(actions, torch.Tensor)
        self.assertTrue((actions.numpy() == other.act(observations.numpy())).all())
        self.rejects("the observation cannot be read in place",
                     lambda: actor.act(observations.requires_grad_(), torch.zeros(2)))

    def test_mistakes_are_the_lines_of_the_program(self):
        self.rejects("training.stpes: unknown key; did you mean 'training.steps'?",
                     lambda: seqrl.train({"training": {"stpes": 1}}))
        self.rejects("'training.steps=0': 0 is out of range",
                     lambda: seqrl.train(config(), {"training.steps": 0}))
        self.rejects("run", lambda: seqrl.train(config(), {"output": "run"}))
        self.rejects("nowhere", lambda: seqrl.resume("nowhere"))
        self.rejects("nowhere", lambda: seqrl.Run("nowhere"))
        self.rejects("did you mean 'transitions'?",
                     lambda: seqrl.collect(env="hopper", policy="random", transition=3, output="x.hdf5"))
        with self.assertRaisesRegex(TypeError, "not object"):
            seqrl.train({"env": object()})

    def test_the_examples_of_the_docstrings_run(self):
        for name in ("seqrl", "seqrl._callbacks", "seqrl._evaluation", "seqrl._settings"):
            failed, tried = doctest.testmod(importlib.import_module(name))
            self.assertEqual(failed, 0, name)
            self.assertGreater(tried, 0, name)

    @unittest.skipUnless(installed("mypy"), "mypy is not installed")
    def test_types_are_what_they_say(self):
        def check(*command):
            done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        user = pathlib.Path(__file__).parent / "typed_use.py"
        where = str(pathlib.Path(seqrl.__file__).parent)
        check("mypy", "--strict", "--cache-dir=mypy", "-p", "seqrl")
        check("mypy", "--strict", "--cache-dir=mypy", str(user))
        # pybind11's classes have a metaclass, and an __init__ that accepts any arguments if they define none.
        pathlib.Path("allowed").write_text("seqrl._seqrl.(Actor|Collected|Dataset|Env)\n"
                                           "seqrl._seqrl.(Collected|Dataset).__init__\n")
        check("mypy.stubtest", "seqrl", "--ignore-disjoint-bases", "--allowlist=allowed")
        self.assertTrue((pathlib.Path(where) / "py.typed").exists())


if __name__ == "__main__":
    unittest.main()
