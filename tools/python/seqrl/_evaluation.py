"""Evaluations: seqrl's own environments run in C++, Gymnasium environments in this interpreter."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterable
from typing import Any, Union

import numpy as np

from seqrl import _seqrl
from seqrl._settings import Settings, settings_list

Environment = Any  # gymnasium.Env
Played = tuple[float, int, bool, Union[bool, None]]  # return, length, valid, success
Factory = Union[Environment, "Callable[[], Environment]", None]


def evaluate(
    run: str | os.PathLike[str],
    env: Factory = None,
    *,
    episodes: int | None = None,
    targets: float | Iterable[float] | None = None,
    mode: str | Iterable[str] | None = None,
    checkpoint: str | None = None,
    seed: int | None = None,
    environments: int = 16,
    same_starts: bool = False,
    settings: Settings = (),
) -> dict[str, Any]:
    """Plays episodes of a run, a checkpoint or a shipped policy. Returns what `seqrl eval --json` prints.

    env: None for the environment that it was trained for, simulated by seqrl. Otherwise a Gymnasium
        environment, or a function that makes one, played in this interpreter. A function is called
        up to `environments` times, and one policy acts in all of them.
    episodes, targets, mode, seed: default to those of the run's config.
    settings: other settings, only without env: {"evaluation.actions": "sampled"}.

    Episode i starts from the same seed with and without env, but the seed gives another state in each.
        same_starts: start from the same state, in Gymnasium's version of a robot that seqrl has.

    >>> evaluation = evaluate("hopper-medium", episodes=2)
    >>> evaluation["env"], evaluation["targets"][0]["episodes"]
    ('hopper', 2)
    """
    given = {"episodes": episodes, "targets": targets, "mode": mode, "checkpoint": checkpoint, "seed": seed}
    if env is None:
        named = {key: value for key, value in given.items() if value is not None}
        if targets is not None:
            named["targets"] = _list(targets)
        text = _seqrl.evaluate_settings(os.fspath(run), settings_list(named) + settings_list(settings))
        return dict(json.loads(text))
    if settings:
        raise _seqrl.UserError("settings are for seqrl's own environments: leave out env, or them")
    return _play(os.fspath(run), env, environments, same_starts, given)


def _play(run: str, env: Any, environments: int, same_starts: bool, given: dict[str, Any]) -> dict[str, Any]:
    single = _seqrl.Actor(run, checkpoint=given["checkpoint"])
    episodes, seed, modes = single._evaluation
    episodes = episodes if given["episodes"] is None else given["episodes"]
    seed = seed if given["seed"] is None else given["seed"]
    modes = modes if given["mode"] is None else _list(given["mode"])
    if episodes < 1 or environments < 1:
        raise _seqrl.UserError("episodes and environments must be at least 1")
    targets: list[Any] = [None]
    if single.uses_targets:
        targets = _list(single.targets if given["targets"] is None else given["targets"])

    is_environment = hasattr(env, "step") and not isinstance(env, type)
    envs = [env] if is_environment else [env() for _ in range(min(environments, episodes))]
    start = time.perf_counter()
    starts = _seqrl.Env(single.env) if same_starts else None
    try:
        groups = []
        for mode in modes:
            actor = _seqrl.Actor(run, len(envs), mode, given["checkpoint"])
            for target in targets:
                played: list[Played] = []
                while len(played) < episodes:
                    numbers = range(len(played), min(len(played) + len(envs), episodes))
                    seeds = [_seqrl.episode_seed(seed, number) for number in numbers]
                    played += _play_together(actor, envs, target, seeds, starts)
                groups.append((mode, target, played))
        seconds = time.perf_counter() - start
        return dict(json.loads(actor._summary(_name(envs[0]), _versions(), groups, seconds)))
    finally:
        for made in [] if is_environment else envs:
            made.close()


def _play_together(
    actor: _seqrl.Actor,
    envs: list[Environment],
    target: float | None,
    seeds: list[int],
    starts: _seqrl.Env | None,
) -> list[Played]:
    """Plays one episode in each environment, in lockstep; finished ones are not stepped."""
    size, episodes = actor.observation_dim, [_Episode() for _ in seeds]
    observations, rewards = np.zeros((len(envs), size)), np.zeros(len(envs))
    for i, seed in enumerate(seeds):
        observation = envs[i].reset(seed=seed)[0]
        if starts is not None:
            observation = _start_as(starts, envs[i], seed)
        observations[i] = _flat(envs[i], observation, size)
    actor.reset(target)
    while any(episode.goes_on for episode in episodes):
        actions = actor.act(observations, rewards)
        for i, episode in enumerate(episodes):
            if episode.goes_on:
                action = _action(envs[i].action_space, actions[i], actor.action_choices)
                observation, reward, *ends, info = envs[i].step(action)
                observation = _flat(envs[i], observation, size)
                if episode.add(observation, float(reward), any(ends), info):
                    observations[i], rewards[i] = observation, reward
    return [episode.played() for episode in episodes]


def _start_as(starts: _seqrl.Env, env: Environment, seed: int) -> Any:
    """Moves a Gymnasium robot to the start state of seqrl's for that seed. Returns the observation."""
    observation = starts.reset(seed)
    if not hasattr(env.unwrapped, "set_state"):
        raise _seqrl.UserError(f"same_starts is for Gymnasium's MuJoCo robots; {_name(env)} has no set_state")
    env.unwrapped.set_state(*starts.state())
    return observation


class _Episode:
    def __init__(self) -> None:
        self.total, self.length, self.goes_on, self.valid = 0.0, 0, True, True
        self.success: bool | None = None

    def add(self, observation: Any, reward: float, ended: bool, info: dict[str, Any]) -> bool:
        """Adds the result of a step. Returns whether the episode is still valid."""
        self.length += 1
        self.valid = math.isfinite(reward) and bool(np.isfinite(observation).all())
        self.total += reward if self.valid else 0
        self.goes_on = self.valid and not ended
        solved = info.get("success", info.get("is_success"))
        if solved is not None:
            self.success = bool(self.success) or bool(solved)
        return self.valid

    def played(self) -> Played:
        return self.total, self.length, self.valid, self.success


def _list(given: Any) -> list[Any]:
    return [given] if isinstance(given, (str, int, float)) else list(given)


def _name(env: Environment) -> str:
    return getattr(getattr(env, "spec", None), "id", None) or type(env).__name__


def _flat(env: Environment, observation: Any, size: int) -> Any:
    """Flattens an observation in the order of Gymnasium's flatten."""
    if not (isinstance(observation, np.ndarray) and observation.ndim == 1):
        from gymnasium.spaces import flatten

        observation = flatten(env.observation_space, observation)
    if observation.shape != (size,):
        raise _seqrl.UserError(
            f"the agent was made for observations of {size} numbers; the environment's have {observation.size}"
        )
    return observation


def _action(space: Any, action: Any, choices: int) -> Any:
    """An action in the environment's space: an index, or numbers clipped to its box."""
    if choices:
        if getattr(space, "n", None) != choices:
            raise _seqrl.UserError(f"the agent was made for {choices} choices; the environment has {space}")
        return int(action[0]) + int(space.start)
    low = getattr(space, "low", None)
    if low is None or low.size != action.size:
        raise _seqrl.UserError(
            f"the agent was made for actions of {action.size} numbers; the environment has {space}"
        )
    return np.clip(action.reshape(space.shape).astype(space.dtype), space.low, space.high)


def _versions() -> str:
    from importlib import metadata

    found = []
    for package in ("gymnasium", "mujoco"):
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found) or "Python"
