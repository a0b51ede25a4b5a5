"""Environments for the tests of `env: {kind: gymnasium}`; importing this module registers them."""
import os
import random
import signal
import threading
import time

import gymnasium
from gymnasium import Box, Dict, Discrete, Text, Tuple


class Point:
    """A point on a line, moved by the action.

    `fault` happens in step `at` of every episode, or with `even` of those with an even seed. Every
    third step takes `pause` seconds.
    """

    metadata = {"render_fps": 20}

    def __init__(self, fault="", at=3, even=False, render_mode=None, low=-1.0, high=1.0,
                 pause=0.0):
        self.observation_space = Box(-10.0, 10.0, (2,))
        self.action_space = Box(low, high, (1,))
        self.fault, self.at, self.even, self.pause = fault, at, even, pause

    def reset(self, seed=None):
        self.seed = seed
        self.place, self.steps = random.Random(seed).uniform(-1, 1), 0
        if self.fault == "reset":
            raise RuntimeError("no start")
        return self.observe(), {}

    def observe(self):
        return [self.place, 0.1 * self.steps]

    def step(self, action):
        self.place += 0.5 * float(action[0])
        self.steps += 1
        time.sleep(self.pause if self.steps % 3 == 0 else 0)
        if self.steps == self.at and (not self.even or self.seed % 2 == 0):
            self.break_down()
        reward = -abs(self.place)
        if self.fault == "nan" and self.steps == self.at:
            reward = float("nan")
        near = abs(self.place) < 0.1
        return self.observe(), reward, abs(self.place) > 3, False, {"success": near}

    def break_down(self):
        if self.fault == "raise":
            raise ValueError("boom")
        if self.fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "exit":
            print("last words")
            os._exit(3)
        if self.fault == "hang":
            threading.Event().wait()
        if self.fault == "print":
            print("first line")
            print("second line")
        if self.fault == "shape":
            self.observe = lambda: [0.0]

    def render(self):
        shade = int(100 + 20 * self.place)
        return [[[shade, 0, 255]] * 32] * 20

    def close(self):
        pass


class Mixed:
    """Observations of several kinds, which are flattened; they contain the last action."""

    def __init__(self):
        self.observation_space = Dict({
            "place": Box([-1.0, -2.0], [1.0, 2.0], (2,)),
            "door": Discrete(3, start=5),
            "both": Tuple([Box(0.0, 1.0, (2, 2)), Discrete(2)]),
        })
        self.action_space = Discrete(4, start=-1)

    def reset(self, seed=None):
        return self.observe(-1), {}

    def observe(self, action):
        return {"place": [0.25, action], "door": 6, "both": ([[0.0, 0.1], [0.2, 0.3]], 1)}

    def step(self, action):
        if not isinstance(action, int):
            raise TypeError(type(action).__name__)
        return self.observe(action), 1.0, action == 2, False, {}


class Counting(Mixed):
    """Counts its steps itself, like MiniGrid's environments."""

    max_steps = 7


class Images(Mixed):
    def __init__(self):
        super().__init__()
        self.observation_space = Box(0, 255, (210, 160, 3), "uint8")


class Words(Mixed):
    def __init__(self):
        super().__init__()
        self.observation_space = Text()


class Doubled:
    """A wrapper that multiplies rewards by a factor."""

    def __init__(self, env, factor=2.0):
        self.env, self.factor = env, factor

    def __getattr__(self, name):
        return getattr(self.env, name)

    def step(self, action):
        observation, reward, *rest = self.env.step(action)
        return (observation, self.factor * reward, *rest)


gymnasium.register("Point-v0", Point, max_episode_steps=10)
gymnasium.register("Mixed-v0", Mixed, max_episode_steps=5)
gymnasium.register("Images-v0", Images, max_episode_steps=5)
gymnasium.register("Words-v0", Words, max_episode_steps=5)
gymnasium.register("Counting-v0", Counting)
gymnasium.register("Endless-v0", Point)
