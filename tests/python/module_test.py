#!/usr/bin/env python3
"""The Python module gives the same results as the program: run as module_test.py SEQRL, with the
module's folder in PYTHONPATH.

Exit status 77, which CTest counts as skipped, if numpy is not installed.
"""

import json
import math
import pathlib
import subprocess
import sys
import tempfile

from modules import np, seqrl

EPISODES = 3


def run(*command):
    result = subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return result.stdout


def make_run(program, folder):
    """Trains a small Decision Transformer. Returns its folder and its dataset."""
    run(program, "collect", "env=hopper", "policy=medium", "transitions=2000", f"output={folder}/d.hdf5")
    (folder / "config.yaml").write_text("env: hopper\n")
    run(program, "train", folder / "config.yaml", f"dataset.path={folder}/d.hdf5",
        f"output={folder}/run", "backbone.dim=16", "training.steps=30", "training.warmup=5",
        "training.lr=1e-2", "evaluation.episodes=1")
    return folder / "run", folder / "d.hdf5"


def play(actor, target):
    """The returns of the first episodes of `seqrl eval`."""
    env, returns = seqrl.Env(actor.env), []
    for episode in range(EPISODES):
        observation = env.reset(seqrl.episode_seed(0, episode))
        actor.reset(target)
        total, reward, done = 0.0, 0.0, False
        while not done:
            observation, reward, *ends = env.step(actor.act(observation, reward))
            total, done = total + reward, any(ends)
        returns.append(total)
    return returns


def play_together(actor, target):
    """The same, with all episodes in lockstep; finished ones are not stepped."""
    envs = [seqrl.Env(actor.env) for _ in range(EPISODES)]
    observations = np.stack([env.reset(seqrl.episode_seed(0, i)) for i, env in enumerate(envs)])
    rewards, totals, done = np.zeros(EPISODES), np.zeros(EPISODES), np.zeros(EPISODES, bool)
    actor.reset(target)
    while not done.all():
        actions = actor.act(observations, rewards)
        assert actions.shape == (EPISODES, actor.action_dim)
        for i in np.flatnonzero(~done):
            observations[i], rewards[i], *ends = envs[i].step(actions[i])
            totals[i], done[i] = totals[i] + rewards[i], any(ends)
    return totals


def check_scores(program, run_folder):
    for mode in ("stream", "window"):
        target = 1500.0
        report = json.loads(run(program, "eval", run_folder, "--json", f"mode={mode}",
                                f"targets=[{target}]", f"episodes={EPISODES}"))
        expected = report["targets"][0]["return_mean"]
        returns = play(seqrl.Actor(str(run_folder), mode=mode), target)
        assert math.isclose(np.mean(returns), expected, rel_tol=1e-12), (returns, expected)
        together = play_together(seqrl.Actor(str(run_folder), EPISODES, mode), target)
        assert list(together) == returns, (together, returns)
    score = seqrl.normalized_score("hopper", expected)
    assert math.isclose(score, report["targets"][0]["score_mean"], rel_tol=1e-9)
    assert seqrl.normalized_score("nowhere", 1.0) is None


def check_batches():
    """A batch whose environments are reset one by one acts like a separate actor for each."""
    together, alone = seqrl.Actor("hopper-medium", environments=3), seqrl.Actor("hopper-medium")
    random = np.random.default_rng(1)
    together.reset()
    alone.reset()
    for step in range(10):
        observations, rewards = random.normal(size=(3, 11)), random.normal(size=3)
        actions = together.act(observations, rewards)
        assert actions.dtype == np.float32 and (abs(actions) <= 1).all()
        for row in range(3):
            assert (alone.act(observations[row], rewards[row]) == actions[row]).all()
        together.reset(where=np.arange(3) == step % 3)


def check_dataset(path):
    data = seqrl.load_dataset(str(path), keep_cut_episodes=True, next_observations=True)
    assert data["observations"].shape == data["next_observations"].shape == (2000, 11)
    assert data["actions"].shape == (2000, 3) and data["actions"].dtype == np.float32
    ends = np.flatnonzero(data["terminals"] | data["timeouts"])
    last = data["episode_begins"] + data["episode_lengths"] - 1
    assert set(ends) <= set(last) and len(last) >= 2
    for begin, length in zip(data["episode_begins"], data["episode_lengths"]):
        rewards = data["rewards"][begin : begin + length].astype(float)
        assert np.allclose(data["returns_to_go"][begin], rewards.sum(), rtol=1e-5)
    whole = data["observations"]
    del data  # an array keeps its dataset alive
    assert np.isfinite(whole).all() and not whole.flags.writeable
    assert len(seqrl.load_dataset(str(path))["rewards"]) <= 2000


def check_errors(folder, run_folder):
    actor = seqrl.Actor("hopper-expert")
    batch = seqrl.Actor("hopper-expert", environments=2)
    with_target = seqrl.Actor(run_folder)

    def rejects(call, because):
        try:
            call()
        except ValueError as error:
            message = str(error)
            assert because in message and "\n" not in message, message
        else:
            raise AssertionError(f"accepted; expected an error with: {because}")

    rejects(lambda: actor.act(np.zeros(11)), "call reset first")
    actor.reset()
    rejects(lambda: actor.act(np.zeros(10)), "the observation has shape (10), expected (11)")
    rejects(lambda: actor.act(np.full(11, np.nan)), "is nan")
    rejects(lambda: actor.act("text"), "the observation is not an array of numbers, but str")
    rejects(lambda: actor.act(np.zeros(11), [1, 2]), "the reward has shape (2), expected ()")
    # An agent with targets needs the reward of its last action, but not before the first one.
    zeros = np.zeros(11)
    with_target.reset(1500)
    with_target.act(zeros)
    rejects(lambda: with_target.act(zeros), "needs a reward")
    rejects(lambda: with_target.act(zeros, math.nan), "the reward of environment 0 is nan")
    rejects(lambda: with_target.act(zeros, "text"), "the reward is not an array of numbers, but str")
    afterwards, fresh = with_target.act(zeros, 1.0), seqrl.Actor(str(run_folder))
    fresh.reset(1500)
    fresh.act(zeros)
    assert (afterwards == fresh.act(zeros, 1.0)).all()  # an error changes nothing
    pair = seqrl.Actor(str(run_folder), environments=2)
    pair.reset(1500)
    pair.act(np.zeros((2, 11)))
    pair.reset(1500, where=[True, False])
    rejects(lambda: pair.act(np.zeros((2, 11))), "needs a reward")  # for the other
    rejects(lambda: batch.reset(where=[True]), "where has shape (1), expected (2)")
    rejects(lambda: seqrl.Actor("hopper-expret"), "did you mean 'hopper-expert'?")
    rejects(lambda: seqrl.Actor(str(folder / "d.hdf5")), "d.hdf5")
    rejects(lambda: seqrl.Actor("hopper-expert", mode="steam"), "did you mean 'stream'?")
    rejects(lambda: seqrl.Actor("hopper-expert", environments=0), "not in 0")
    rejects(lambda: seqrl.load_dataset(str(folder / "nothing.hdf5")), "nothing.hdf5")
    rejects(lambda: seqrl.load_dataset(str(folder / "config.yaml")), "config.yaml")
    rejects(lambda: seqrl.Env("hoper"), "hopper")
    rejects(lambda: seqrl.Env("hopper").step(np.zeros(3)), "reset")
    env = seqrl.Env("hopper")
    env.reset(0)
    rejects(lambda: env.step(np.full(3, np.inf)), "action")
    assert actor.act(np.zeros(11)).shape == (3,)
    assert actor.act(np.zeros(11)).shape == (3,)  # an agent without targets needs no rewards


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run_folder, dataset = make_run(program, folder)
        check_scores(program, run_folder)
        check_batches()
        check_dataset(dataset)
        check_errors(folder, run_folder)
    print("the Python module acts, plays and loads as seqrl does")


if __name__ == "__main__":
    main()
