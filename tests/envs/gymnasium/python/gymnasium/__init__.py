"""A stand-in for Gymnasium: the part of its interface that a worker uses, in the standard library."""
import importlib
import types

__version__ = "0.test"
registry = {}


class UnregisteredEnv(Exception):
    pass


error = types.SimpleNamespace(UnregisteredEnv=UnregisteredEnv)


class Box:
    def __init__(self, low, high, shape, dtype="float64"):
        self.low, self.high, self.shape, self.dtype = low, high, shape, dtype

    def contains(self, x):
        return len(x) == self.shape[0] and all(self.low <= value <= self.high for value in x)

    def sample(self):
        return [0.5 * (self.low + self.high)] * self.shape[0]


class Discrete:
    def __init__(self, n, start=0):
        self.n, self.start = n, start


class Dict:
    def __init__(self, spaces):
        self.spaces = dict(sorted(spaces.items()))


class Tuple:
    def __init__(self, spaces):
        self.spaces = tuple(spaces)


class Text:
    pass


spaces = types.SimpleNamespace(Box=Box, Discrete=Discrete, Dict=Dict, Tuple=Tuple)


def register(id, entry_point, max_episode_steps=None):
    registry[id] = (entry_point, max_episode_steps)


class TimeLimit:
    def __init__(self, env, limit):
        self.env, self._max_episode_steps, self.steps = env, limit, 0
        self.spec = types.SimpleNamespace(max_episode_steps=limit)

    def __getattr__(self, name):
        return getattr(self.env, name)

    def reset(self, seed=None):
        self.steps = 0
        return self.env.reset(seed=seed)

    def step(self, action):
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.steps += 1
        return observation, reward, terminated, truncated or self.steps >= self._max_episode_steps, info


wrappers = types.SimpleNamespace(TimeLimit=TimeLimit)


def make(id, max_episode_steps=None, disable_env_checker=None, **options):
    module, colon, name = id.rpartition(":")
    if colon:
        importlib.import_module(module)
    if name not in registry:
        raise UnregisteredEnv(f"Environment `{name}` doesn't exist.")
    entry_point, limit = registry[name]
    limit = max_episode_steps or limit
    env = entry_point(**options)
    return TimeLimit(env, limit) if limit else env
