"""Offline reinforcement learning with sequence models: train, evaluate, act.

    >>> import seqrl
    >>> collected = seqrl.collect(env="hopper", policy="medium", transitions=500, output="hopper.hdf5")
    >>> run = seqrl.train(
    ...     {"env": "hopper", "dataset": {"path": "hopper.hdf5"}, "backbone": {"kind": "min_gru", "dim": 16},
    ...      "training": {"steps": 20, "warmup": 5, "batch": 8}, "evaluation": {"episodes": 1}},
    ...     {"output": "runs/hopper"})
    >>> run.step
    20
    >>> actor = run.actor()
    >>> actor.reset(1500)
    >>> actor.act([0.0] * actor.observation_dim).shape
    (3,)

Errors are instances of `seqrl.Error` with a one-line message: `seqrl.UserError`, also a ValueError, for invalid
input, and `seqrl.Failure`, also a RuntimeError, for failures of the system.
"""

from seqrl._callbacks import Callback
from seqrl._evaluation import evaluate
from seqrl._run import Run
from seqrl._seqrl import (
    Actor,
    Collected,
    Dataset,
    Env,
    Error,
    Failure,
    UserError,
    __version__,
    episode_seed,
    load_dataset,
    load_weights,
    normalized_score,
)
from seqrl._tracking import track
from seqrl._training import collect, resume, train

__all__ = [
    "Actor",
    "Callback",
    "Collected",
    "Dataset",
    "Env",
    "Error",
    "Failure",
    "Run",
    "UserError",
    "__version__",
    "collect",
    "episode_seed",
    "evaluate",
    "load_dataset",
    "load_weights",
    "normalized_score",
    "resume",
    "track",
    "train",
]
