"""Evaluation: in seqrl's environments, which run in C++, or in Gymnasium environments of this interpreter."""

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
    """Evaluates an agent over whole episodes and returns the result that `seqrl eval --json` prints.

    Args:
        run (str, os.PathLike or Run): a run's folder, a checkpoint file, a folder written by `seqrl export`, or the
            name of a shipped policy, such as "hopper-medium".
        env (gymnasium.Env, callable or None): None evaluates in the environment of the run's config, simulated by
            seqrl. Otherwise an environment with Gymnasium's interface, or a function without arguments that makes
            one; it is stepped in this interpreter, and the agent acts on the CPU. Environments that the function
            made are closed at the end.
        episodes (int, optional): episodes for each mode and target, at least 1. Default: that of the run's config.
        targets (float or iterable of float, optional): target returns (undiscounted sums of rewards); agents that
            are not conditioned on a return ignore them. Default: those of the run's config.
        mode (str or iterable of str, optional): "stream" carries the backbone's state, "window" recomputes the
            context window for every action. Default: that of the run's config.
        checkpoint (str, optional): "last" or "best", if `run` is a folder that has it. Default: the last checkpoint of
            a run, the model of an exported folder.
        seed (int, optional): seed of the start states, at least 0. Default: that of the run's config. Episode i
            resets with `episode_seed(seed, i)`.
        environments (int): how many environments to make with the function `env`, at least 1 and at most one per
            episode; one policy acts in all of them. Not used if `env` is None or an environment.
        same_starts (bool): start the episodes of `env` from the states that seqrl's environment has for the same
            seeds; without it the same seed gives another state. Needs a MuJoCo environment of Gymnasium (`set_state`)
            that seqrl also has. Not used if `env` is None.
        settings (mapping or sequence of str): other settings of `seqrl eval`, only if `env` is None:
            {"evaluation.actions": "sampled"} or ["evaluation.actions=sampled"]. A run in an environment of kind
            gymnasium needs {"env.python": sys.executable}: a checkpoint may not choose the interpreter.

    Returns:
        dict: "env" (the environment's name), "mujoco_version" or "env_versions", "device", "mode", "modes" (empty for
        agents without memory), "steps_per_second" (environment steps per second) and "targets", a list with a dict
        for each mode and target: "mode", "target" (None for agents without targets), "episodes", "invalid"
        (episodes in which the simulation failed; they are not scored), "return_mean", "return_std", "score_mean",
        "score_std" (D4RL's normalized score), "length_mean", "returns" (of each episode, None if it is invalid) and
        "lengths" (in steps). Means are None if no episode is valid, scores also if D4RL has no reference for the
        environment. "success_mean" (0 to 1) is present if the environment reports success. The result of seqrl's
        environments may also have "notes", "actions", and with a score scale of the dataset "scale" and in "targets"
        "minari_score_mean" and "minari_score_std".

        A run without an environment (`env: none`) is evaluated on its held-out episodes: "validation_loss",
        "validation_episodes". A run of a task is evaluated on the task: "loss", "accuracy", "answers", "examples".

    Raises:
        UserError: there is no such run or checkpoint, an argument or a setting is invalid, `settings` are given
            together with `env`, the spaces of `env` do not fit the agent, or `env` does not support `same_starts`.
        Failure: the system failed.
        KeyboardInterrupt: Ctrl-C was pressed.

    An exception of `env` is raised unchanged.

    >>> evaluation = evaluate("hopper-medium", episodes=2)
    >>> evaluation["env"], evaluation["targets"][0]["episodes"]
    ('hopper', 2)
    """
    given = {"episodes": episodes, "targets": targets, "mode": mode, "checkpoint": checkpoint, "seed": seed}
    if env is None:
        named = {key: value for key, value in given.items() if value is not None}
        if targets is not None:
            named["targets"] = _list("targets", targets)
        text = _seqrl.evaluate_settings(os.fspath(run), settings_list(named) + settings_list(settings))
        return dict(json.loads(text))
    if settings:
        raise _seqrl.UserError("settings apply only to seqrl's own environments; pass either env or settings")
    return _play(os.fspath(run), env, environments, same_starts, given)


def _play(run: str, env: Any, environments: int, same_starts: bool, given: dict[str, Any]) -> dict[str, Any]:
    single = _seqrl.Actor(run, checkpoint=given["checkpoint"])
    episodes, seed, modes = single._evaluation
    episodes = episodes if given["episodes"] is None else given["episodes"]
    seed = seed if given["seed"] is None else given["seed"]
    modes = modes if given["mode"] is None else _list("mode", given["mode"])
    if episodes < 1 or environments < 1:
        raise _seqrl.UserError("episodes and environments must be at least 1")
    if seed < 0:
        raise _seqrl.UserError(f"seed must be at least 0, not {seed}")
    targets: list[Any] = [None]
    if single.uses_targets:
        targets = _list("targets", single.targets if given["targets"] is None else given["targets"])

    is_environment = hasattr(env, "step") and not isinstance(env, type)
    envs: list[Environment] = [env] if is_environment else []
    start = time.perf_counter()
    starts = _seqrl.Env(single.env) if same_starts else None
    try:
        while not is_environment and len(envs) < min(environments, episodes):
            made = env()
            if not hasattr(made, "step"):
                raise _seqrl.UserError(f"the function env returned {made!r}, not an environment")
            envs.append(made)
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
    """Plays one episode in each environment, in lockstep; finished environments are not stepped."""
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
    """Moves a Gymnasium robot to the start state of seqrl's environment for a seed. Returns the observation."""
    observation = starts.reset(seed)
    robot: Any = getattr(env, "unwrapped", env)
    if not hasattr(robot, "set_state"):
        raise _seqrl.UserError(f"same_starts needs a MuJoCo environment of Gymnasium; {_name(env)} has no set_state")
    robot.set_state(*starts.state())
    return observation


class _Episode:
    def __init__(self) -> None:
        self.total, self.length, self.goes_on, self.valid = 0.0, 0, True, True
        self.success: bool | None = None

    def add(self, observation: Any, reward: float, ended: bool, info: dict[str, Any]) -> bool:
        """Adds the result of a step. Returns whether the episode is valid so far."""
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


def _list(name: str, given: Any) -> list[Any]:
    """The values of an argument that may be one value or several, at least one."""
    values = [given] if isinstance(given, str) or np.ndim(given) == 0 else list(given)
    if not values:
        raise _seqrl.UserError(f"{name} is empty; leave it out for that of the run's config")
    return values


def _name(env: Environment) -> str:
    return getattr(getattr(env, "spec", None), "id", None) or type(env).__name__


def _flat(env: Environment, observation: Any, size: int) -> Any:
    """Flattens an observation in the order of Gymnasium's flatten."""
    if not (isinstance(observation, np.ndarray) and observation.ndim == 1):
        from gymnasium.spaces import flatten

        observation = flatten(env.observation_space, observation)
    if observation.shape != (size,):
        raise _seqrl.UserError(
            f"the agent expects observations of {size} numbers; those of the environment have {observation.size}"
        )
    return observation


def _action(space: Any, action: Any, choices: int) -> Any:
    """An action in the environment's space: an index, or numbers clipped to its box."""
    if choices:
        if getattr(space, "n", None) != choices:
            raise _seqrl.UserError(f"the agent has {choices} actions; the environment's action space is {space}")
        return int(action[0]) + int(space.start)
    low = getattr(space, "low", None)
    if low is None or low.size != action.size:
        raise _seqrl.UserError(
            f"the agent's actions have {action.size} numbers; the environment's action space is {space}"
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
