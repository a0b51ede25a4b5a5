"""Uses of the package for mypy to check; this file is not run."""

import numpy as np
import seqrl


class Watch(seqrl.Callback):
    def on_step(self, step: int, loss: float) -> None:
        print(step, loss)


run: seqrl.Run = seqrl.train("hopper.yaml", {"training.steps": 10}, callbacks=[Watch()])
run = seqrl.resume(run, ["training.steps=20"])
steps, losses = run.curve("loss")
print(steps + 1, losses.mean(), run.config["env"], run.checkpoints["best"].name)
data = seqrl.load_dataset("hopper.hdf5")
print(data.observations[data.episodes[0]].shape, len(data))
actor: seqrl.Actor = run.actor(environments=2)
actor.reset(3600.0, where=np.array([True, False]))
score: float | None = seqrl.normalized_score("hopper", 1000.0)
print(seqrl.evaluate(run, episodes=2)["targets"], seqrl.load_weights("hopper-expert").keys(), score)
print(seqrl.load_weights(run).keys(), seqrl.Actor(run).action_dim)
