#!/usr/bin/env python3
"""Runs a sweep, sends it to a local MLflow and reads the best run back: sweep_to_mlflow.py [STEPS]"""
import os
import pathlib
import subprocess
import sys

import seqrl

os.environ.setdefault("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")  # `mlflow ui` shows it
import mlflow  # noqa: E402

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
seqrl.collect(env="hopper", policy="medium", transitions=20000, output="hopper-medium.hdf5",
              overwrite=True)
pathlib.Path("base.yaml").write_text("env: hopper\ndataset: {path: hopper-medium.hdf5}\nbackbone: {dim: 32}\n")
pathlib.Path("sweep.yaml").write_text(f"""
config: base.yaml
settings: [training.steps={steps}, training.warmup={steps // 10}, evaluation.episodes=5, evaluation.mode=stream]
grid: {{backbone: [min_gru, min_lstm], training.lr: [1e-3, 1e-4]}}
output: runs/swept/{{backbone}}-{{training.lr}}-{{seed}}
""")
subprocess.run(["seqrl", "sweep", "sweep.yaml"], check=True)
seqrl.track("runs/swept", "mlflow", project="swept")

experiment = mlflow.get_experiment_by_name("swept")
best = mlflow.search_runs([experiment.experiment_id], order_by=["metrics.`best/score` DESC"],
                          output_format="list")[0]
folder = best.data.tags["seqrl.folder"]
print(f"{best.info.run_name}: score {best.data.metrics['best/score']:.1f}, lr {best.data.params['training.lr']}")
evaluation = seqrl.evaluate(folder, checkpoint="best", episodes=5, mode="stream")
assert evaluation["targets"][0]["score_mean"] == best.data.metrics["best/score"]
print(f"{folder}: evaluated again, the same score")
