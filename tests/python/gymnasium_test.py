"""Tests commands of seqrl in Gymnasium's environments, with `env: {kind: gymnasium}`.

    gymnasium_test.py PROGRAM

Run it with a Python that has gymnasium and mujoco. The comparison with a Python loop also needs the module
seqrl. Tests that need a missing package are skipped.
"""
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)

SOURCES = pathlib.Path(__file__).parents[2] / "envs/gymnasium"

import gymnasium  # noqa: E402
import numpy  # noqa: E402

if importlib.util.find_spec("gymnasium_robotics") is not None:
    import gymnasium_robotics  # noqa: E402

    gymnasium.register_envs(gymnasium_robotics)


def env(id, more=""):
    return f"{{kind: gymnasium, id: {id}, python: {sys.executable}{more}}}"


def seqrl(folder, *arguments, status=0):
    ran = subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True)
    if ran.returncode != status:
        raise AssertionError(f"{arguments}: status {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def installed(package):
    return importlib.util.find_spec(package) is not None


def robotics():
    return installed("gymnasium_robotics")


class Gymnasium(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def train(self, id, agent="{kind: sac, dim: 16, batch: 8, random_steps: 6}", steps=40):
        config = self.folder / "config.yaml"
        config.write_text(
            f"env: {env(id)}\noutput: run\ndevice: cpu\nagent: {agent}\n"
            f"training: {{steps: {steps}, log_every: 20, threads: 2}}\n"
            f"evaluation: {{every: {steps}, episodes: 5}}\n")
        seqrl(self.folder, "train", "config.yaml")

    def test_environments_keep_their_promises(self):
        ids = ["CartPole-v1", "Pendulum-v1", "Hopper-v5", "Ant-v5", "FrozenLake-v1"]
        if robotics():
            ids += ["AntMaze_UMaze-v5", "PointMaze_UMaze-v3", "AdroitHandDoor-v1"]
        for id in ids:
            with self.subTest(id=id):
                told = json.loads(seqrl(self.folder, "check", "--json", f"env={env(id)}"))
                self.assertEqual(told["broken"], [])
                space = gymnasium.make(id).observation_space
                self.assertEqual(told["observation_dim"], gymnasium.spaces.flatdim(space))

    @unittest.skipUnless(importlib.util.find_spec("seqrl"), "the module seqrl is not built")
    def test_the_score_is_that_of_a_loop_around_the_actor(self):
        try:
            import seqrl as module
        except ImportError as error:  # built for another numpy
            self.skipTest(str(error))
        self.train("Hopper-v5")
        result = json.loads(seqrl(self.folder, "eval", "run", "--json", "episodes=6",
                                  f"env.python={sys.executable}"))
        actor = module.Actor(str(self.folder / "run"))
        hopper = gymnasium.make("Hopper-v5")
        returns = []
        for episode in range(6):
            observation, _ = hopper.reset(seed=module.episode_seed(0, episode))
            actor.reset()
            total, reward, done = 0.0, None, False
            while not done:
                action = actor.act(observation, reward)
                observation, reward, terminated, truncated, _ = hopper.step(action)
                total += float(reward)
                done = terminated or truncated
            returns.append(total)
        self.assertEqual(result["targets"][0]["returns"], returns)

    def test_data_is_collected_and_learned_from(self):
        seqrl(self.folder, "collect", f"env={env('Hopper-v5')}", "policy=random",
              "transitions=300", "output=data.hdf5")
        config = self.folder / "dt.yaml"
        config.write_text(f"env: {env('Hopper-v5')}\ndevice: cpu\ndataset: {{path: data.hdf5}}\n"
                          "output: run\nbackbone: {kind: min_gru, dim: 16, layers: 1}\n"
                          "evaluation: {episodes: 4, targets: [100]}\n"
                          "training: {steps: 6, batch: 4, context: 4, warmup: 2}\n")
        seqrl(self.folder, "train", "dt.yaml")

    def test_rows_are_what_gymnasium_flattens(self):
        program = {}
        exec((SOURCES / "spaces.py").read_text(), program)
        box, discrete = gymnasium.spaces.Box, gymnasium.spaces.Discrete
        for space in (
                box(-1, 1, (3,)), box(-1, 1, (2, 2), "float64"), box(0, 255, (4, 4, 3), "uint8"),
                box(-1, 1, ()), discrete(3, start=2), gymnasium.spaces.MultiDiscrete([2, 3]),
                gymnasium.spaces.MultiBinary(4),
                gymnasium.spaces.Dict(a=box(-1, 1, (2,)), b=box(0, 1, (1,), "float64")),
                gymnasium.spaces.Dict(a=box(-1, 1, (2, 1)), b=discrete(4)),
                gymnasium.spaces.Tuple([gymnasium.spaces.Dict(a=box(-1, 1, (2,))), discrete(2)])):
            with self.subTest(space=space):
                space.seed(0)
                rows = program["Observations"](space)
                numbers = numpy.zeros((5, rows.size))
                rows.map_rows(memoryview(numbers.reshape(-1)), 5)
                samples = [space.sample() for _ in range(5)]
                rows.write([part for sample in samples for part in rows.parts(sample)])
                expected = [gymnasium.spaces.flatten(space, sample) for sample in samples]
                numpy.testing.assert_array_equal(numbers, numpy.array(expected, float))
                numbers[:] = 0
                for row, sample in enumerate(samples):
                    rows.write_slowly(rows.parts(sample), row)
                numpy.testing.assert_array_equal(numbers, numpy.array(expected, float))

    def test_episodes_end_at_the_smallest_limit(self):
        for more, length in ((", max_episode_steps: 7", 7),
                             (", wrappers: [{name: TimeLimit, args: {max_episode_steps: 5}}]", 5),
                             ("", 200)):
            with self.subTest(more=more):
                seqrl(self.folder, "collect", f"env={env('Pendulum-v1', more)}", "policy=random",
                      f"transitions={length}", f"output={length}.hdf5")
                told = json.loads(seqrl(self.folder, "info", "--json", f"{length}.hdf5"))
                self.assertEqual((told["transitions"], told["episodes"]), (length, 1))

    def learn_from_random_play(self, environment, agent, transitions):
        """Trains on random play with `env: data`. Returns the result of `eval`, and that of `info` for the data."""
        seqrl(self.folder, "collect", f"env={environment}", "policy=random", "format=minari",
              f"transitions={transitions}", "output=random-v0")
        config = self.folder / "config.yaml"
        config.write_text(
            f"env: {{kind: data, python: {sys.executable}}}\ndataset: {{path: random-v0}}\n"
            f"output: run\ndevice: cpu\nagent: {agent}\n"
            "backbone: {kind: min_gru, dim: 16, layers: 1}\n"
            "training: {steps: 20, batch: 8, context: 5, warmup: 2, threads: 2}\n"
            "evaluation: {episodes: 4, targets: [1], mode: stream}\n")
        seqrl(self.folder, "train", "config.yaml")
        told = seqrl(self.folder, "eval", "run", "--json", f"env.python={sys.executable}")
        data = seqrl(self.folder, "info", "random-v0", "--json")
        return json.loads(told)["targets"][0], json.loads(data)

    @unittest.skipUnless(installed("minigrid"), "minigrid is not installed")
    def test_choices_in_minigrid_are_learned(self):
        wrappers = ", wrappers: [minigrid.wrappers:ImgObsWrapper, FlattenObservation]"
        for agent in ("behavior_cloning", "{kind: decision_transformer, return_scale: 1}"):
            with self.subTest(agent=agent):
                self.setUp()
                result, data = self.learn_from_random_play(
                    env("MiniGrid-Empty-5x5-v0", wrappers), agent, 1000)
                self.assertEqual((result["episodes"], result["invalid"]), (4, 0))
                self.assertEqual(data["observation_dim"], 7 * 7 * 3)
                self.assertLessEqual(data["lengths"]["max"], 100)  # MiniGrid's own limit

    @unittest.skipUnless(robotics(), "gymnasium_robotics is not installed")
    def test_success_in_an_ant_maze_is_measured(self):
        result, data = self.learn_from_random_play(
            env("AntMaze_UMaze-v5", ", max_episode_steps: 20"),
            "{kind: decision_transformer, return_scale: 1}", 400)
        self.assertEqual(data["episodes"], 20)
        self.assertEqual(result["lengths"], [20] * 4)
        self.assertTrue(0 <= result["success_mean"] <= 1)

    @unittest.skipUnless(robotics(), "gymnasium_robotics is not installed")
    def test_mazes_flatten_their_goals_in_gymnasiums_order(self):
        maze = gymnasium.make("PointMaze_UMaze-v3")
        flat = gymnasium.spaces.flatten_space(maze.observation_space)
        told = json.loads(seqrl(self.folder, "check", "--json", f"env={env('PointMaze_UMaze-v3')}"))
        self.assertEqual(told["observation_dim"], flat.shape[0])
        self.train("PointMaze_UMaze-v3", steps=20)
        self.assertIn("layout: \"achieved_goal[2], desired_goal[2], observation[4]\"",
                      (self.folder / "run/config.yaml").read_text())


if __name__ == "__main__":
    unittest.main()
