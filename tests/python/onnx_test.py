#!/usr/bin/env python3
"""The exported ONNX step gives the actions of seqrl, up to rounding: run as onnx_test.py SEQRL,
with the Python module's folder in PYTHONPATH.

Exit status 77, which CTest counts as skipped, if numpy or onnxruntime is not installed.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from modules import np, seqrl

try:
    import onnxruntime
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

WORLDS = pathlib.Path(__file__).parents[1] / "envs/gymnasium/python"
LARGEST_DEVIATION = 1e-5
EPISODES = 2
TARGET = 1800.0
# Every backbone, and the options that change its structure.
RUNS = {
    "min_gru": ["backbone=min_gru"],
    "min_gru-all": ["backbone=min_gru", "backbone.conv=4", "backbone.learned_h0=true",
                    "backbone.expansion=2", "backbone.state=signed"],
    "min_lstm": ["backbone=min_lstm"],
    "min_lstm-all": ["backbone=min_lstm", "backbone.conv=2", "backbone.mlp=0",
                     "backbone.learned_h0=true"],
    "gru": ["backbone=gru", "backbone.expansion=2"],
    "lstm": ["backbone=lstm"],
    "mamba": ["backbone=mamba"],
    "mamba-all": ["backbone=mamba", "backbone.d_conv=1", "backbone.mlp=2"],
    "transformer": ["backbone=transformer"],
    "transformer-all": ["backbone=transformer", "backbone.heads=4", "backbone.positions=rotary",
                        "backbone.window=7", "backbone.mlp=0"],
    "transformer-alone": ["backbone=transformer", "backbone.window=1"],
    "behavior_cloning": ["agent=behavior_cloning"],
    "sac": ["agent={kind: sac, dim: 32, random_steps: 20, batch: 16}"],
}


# Two motors with actions outside [-1, 1].
CART = """<mujoco><worldbody><body><joint name="rail" type="slide" axis="1 0 0" damping="1"/>
<joint name="turn" axis="0 0 1" damping="1"/><geom size="0.1"/></body></worldbody><actuator>
<motor joint="rail" ctrllimited="true" ctrlrange="-2 3"/>
<motor joint="turn" ctrllimited="true" ctrlrange="0 0.25"/></actuator></mujoco>"""
BOX = np.array([-2, 0]), np.array([3, 0.25])


def run(*command, path=None):
    env = os.environ if path is None else {**os.environ, "PYTHONPATH": str(path)}
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                            env=env)
    assert result.returncode == 0, (command, result.stderr)


class OnnxActor:
    """Acts with step.onnx alone, in several environments (rows)."""

    def __init__(self, path, rows):
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        inputs = {value.name: value for value in self.session.get_inputs()}
        self.names = list(inputs)
        # A new episode begins whatever the state contains.
        self.state = {name: np.full([rows, *value.shape[1:]], 7, np.float32)
                      for name, value in inputs.items() if name.startswith("state.")}
        self.rows = rows

    def reset(self, target, action_dim):
        self.timestep = np.zeros(self.rows, np.int64)
        self.return_to_go = np.full((self.rows, 1), target)
        self.action = np.full((self.rows, action_dim), 9, np.float32)

    def act(self, observations, rewards, previous):
        """`previous` are the actions that were taken in the previous step, None in the first."""
        later = self.timestep > 0
        self.return_to_go[later, 0] -= rewards[later]
        if previous is not None:
            self.action = previous
        known = {"observation": observations, "return_to_go": self.return_to_go,
                 "previous_action": self.action, "timestep": self.timestep, **self.state}
        outputs = self.session.run(None, {name: known[name] for name in self.names})
        results = dict(zip((value.name for value in self.session.get_outputs()), outputs))
        self.state = {name: results["next." + name] for name in self.state}
        self.timestep += 1
        return results["action"]


def largest_deviation(folder):
    actor, onnx = seqrl.Actor(str(folder), EPISODES), OnnxActor(folder / "step.onnx", EPISODES)
    envs = [seqrl.Env("hopper") for _ in range(EPISODES)]
    deviation = 0.0
    for episode in range(2):  # the second begins with the first one's state
        observations = np.stack([env.reset(10 * episode + i) for i, env in enumerate(envs)])
        rewards, playing, previous = np.zeros(EPISODES), np.ones(EPISODES, bool), None
        actor.reset(TARGET)
        onnx.reset(TARGET, actor.action_dim)
        for step in range(1000):
            actions = actor.act(observations, rewards)
            theirs = onnx.act(observations, rewards, previous)
            deviation = max(deviation, abs(actions - theirs).max())
            previous = actions
            for i in np.flatnonzero(playing):
                observations[i], rewards[i], *ends = envs[i].step(actions[i])
                playing[i] = not any(ends)
    return deviation


def check_box(program, root):
    """The step has actions in the environment's units; the graph scales them."""
    (root / "cart.xml").write_text(CART)
    (root / "cart.yaml").write_text(
        f"env: {{kind: mjcf, model: '{root}/cart.xml', max_episode_steps: 50, "
        "reward: {joint_velocities: {rail: 1}}}\n")
    run(program, "collect", f"config={root}/cart.yaml", "transitions=1000",
        f"output={root}/cart.hdf5")
    for name in ("min_gru", "transformer", "behavior_cloning", "sac"):
        data = [] if name == "sac" else [f"dataset.path={root}/cart.hdf5", "training.warmup=5",
                                         "training.lr=1e-2", "evaluation.targets=[1]"]
        folder = root / f"cart-{name}-export"
        run(program, "train", root / "cart.yaml", f"output={root}/cart-{name}", *data,
            "training.steps=60", "evaluation.episodes=1", *RUNS[name])
        run(program, "export", root / f"cart-{name}", folder)
        actor, onnx = seqrl.Actor(str(folder), EPISODES), OnnxActor(folder / "step.onnx", EPISODES)
        random, previous, deviation = np.random.default_rng(1), None, 0.0
        actor.reset(1)
        onnx.reset(1.0, actor.action_dim)
        for _ in range(50):
            observations = 3 * random.normal(size=(EPISODES, actor.observation_dim))
            rewards = random.normal(size=EPISODES)
            actions = actor.act(observations, rewards)
            theirs = onnx.act(observations, rewards, previous)
            for given in (actions, theirs):
                assert (given >= BOX[0]).all() and (given <= BOX[1]).all(), given
            deviation = max(deviation, abs(actions - theirs).max())
            previous = actions
        print(f"{name} with other action bounds: largest deviation {deviation:.1e}")
        assert deviation <= LARGEST_DEVIATION, name


def check_choices(program, root):
    """With discrete actions the step makes the same choices. Gymnasium is the stand-in of the tests."""
    grid = f"env={{kind: gymnasium, id: 'grid:Grid-v0', python: '{sys.executable}'}}"
    (root / "grid.yaml").write_text("device: cpu\n")
    run(program, "collect", grid, "transitions=1000", f"output={root}/grid.hdf5", path=WORLDS)
    for name in ("min_gru", "behavior_cloning"):
        folder = root / f"grid-{name}-export"
        run(program, "train", root / "grid.yaml", grid, f"output={root}/grid-{name}",
            f"dataset.path={root}/grid.hdf5", "training.warmup=5", "training.lr=1e-2",
            "evaluation.targets=[1]", "training.steps=60", "evaluation.episodes=1", *RUNS[name],
            path=WORLDS)
        run(program, "export", root / f"grid-{name}", folder)
        actor, onnx = seqrl.Actor(str(folder), EPISODES), OnnxActor(folder / "step.onnx", EPISODES)
        random, made = np.random.default_rng(1), []
        for step in range(160):
            if step % 40 == 0:  # the grid's longest episode
                actor.reset(1)
                onnx.reset(1.0, actor.action_dim)
                previous = None
            observations = np.eye(actor.observation_dim)[
                random.integers(actor.observation_dim, size=EPISODES)]
            rewards = 0.1 * random.random(EPISODES)
            choices = actor.act(observations, rewards)
            theirs = onnx.act(observations, rewards, previous)
            assert (choices == theirs).all(), (name, choices, theirs)
            previous = choices
            made += choices.flat
        print(f"{name} with discrete actions: the same {len(made)}, of {len(set(made))} kinds")
        assert len(set(made)) > 1 and set(made) <= set(range(actor.action_choices)), made


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        run(program, "collect", "env=hopper", "policy=medium", "transitions=2000",
            f"output={root}/d.hdf5")
        (root / "config.yaml").write_text("env: hopper\n")
        offline = [f"dataset.path={root}/d.hdf5", "training.warmup=5", "training.lr=1e-2"]
        for name, settings in RUNS.items():
            data = [] if name == "sac" else offline
            layers = ["backbone.dim=32"] if settings[0].startswith("backbone") else []
            run(program, "train", root / "config.yaml", f"output={root}/{name}", *data, *layers,
                "training.steps=60", "evaluation.episodes=1", *settings)
            run(program, "export", root / name, root / f"{name}-export")
            deviation = largest_deviation(root / f"{name}-export")
            print(f"{name}: largest deviation {deviation:.1e}")
            assert deviation <= LARGEST_DEVIATION, name
        check_box(program, root)
        check_choices(program, root)


if __name__ == "__main__":
    main()
