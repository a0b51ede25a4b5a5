#!/usr/bin/env python3
"""Collects data, trains and plots the results, in cells like a notebook: train_and_plot.py [STEPS]"""
# %% Collect a dataset with a shipped policy in hopper.
import sys

import matplotlib
import seqrl

matplotlib.use("Agg")  # write to files; omit this in a notebook
import matplotlib.pyplot as plt  # noqa: E402

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
print(seqrl.collect(env="hopper", policy="medium", transitions=20000, output="hopper-medium.hdf5", overwrite=True))

# %% Plot the returns of its episodes.
data = seqrl.load_dataset("hopper-medium.hdf5")
figure, (of_data, of_loss, of_returns) = plt.subplots(1, 3, figsize=(12, 3.5), layout="constrained")
of_data.hist(data.returns, bins=30)
of_data.set(xlabel="return", ylabel="episodes", title="the data")


# %% Train, and print the evaluations.
class Print(seqrl.Callback):
    def on_evaluation(self, step, evaluation):
        print(f"step {step}: return {evaluation['targets'][0]['return_mean']:.0f}")


run = seqrl.train(
    {"env": "hopper", "dataset": {"path": "hopper-medium.hdf5"}, "backbone": {"kind": "min_gru", "dim": 64},
     "training": {"steps": steps, "warmup": steps // 10, "lr": 1e-3, "log_every": max(1, steps // 100)},
     "evaluation": {"every": max(1, steps // 6), "episodes": 5, "targets": [3600, 1800], "mode": "stream"}},
    {"output": "runs/notebook"}, callbacks=Print())

# %% Plot the loss and the returns.
of_loss.plot(*run.curve("loss"))
of_loss.set(xlabel="step", title="loss", yscale="log")
for target in (3600, 1800):
    of_returns.plot(*run.curve(f"eval/stream/{target}/return"), marker="o", label=f"target {target}")
of_returns.set(xlabel="step", title="return")
of_returns.legend()
figure.savefig("notebook.png", dpi=150)
print(f"{run}: notebook.png")
