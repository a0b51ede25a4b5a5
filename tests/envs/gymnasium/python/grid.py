"""A grid with one goal, like MiniGrid's: four moves, and a reward that decreases with the steps taken."""
import random

import gymnasium

SIDE, LIMIT = 4, 40
MOVES = ((0, -1), (1, 0), (0, 1), (-1, 0))


class Grid(getattr(gymnasium, "Env", object)):
    """The observation is the one-hot position; the goal is the last corner."""

    def __init__(self, render_mode=None):
        self.observation_space = gymnasium.spaces.Box(0.0, 1.0, (SIDE * SIDE,), "float32")
        self.action_space = gymnasium.spaces.Discrete(len(MOVES))

    def reset(self, seed=None, options=None):
        start = random.Random(seed).randrange(SIDE * SIDE - 1)
        self.x, self.y, self.steps = start % SIDE, start // SIDE, 0
        return self.observe(), {}

    def observe(self):
        return [float(i == self.y * SIDE + self.x) for i in range(SIDE * SIDE)]

    def step(self, action):
        dx, dy = MOVES[action]
        self.x = min(max(self.x + dx, 0), SIDE - 1)
        self.y = min(max(self.y + dy, 0), SIDE - 1)
        self.steps += 1
        there = self.x == self.y == SIDE - 1
        reward = 1 - 0.9 * self.steps / LIMIT if there else 0.0
        return self.observe(), reward, there, False, {"success": there}

    def close(self):
        pass


gymnasium.register("Grid-v0", Grid, max_episode_steps=LIMIT)
