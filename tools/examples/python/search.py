#!/usr/bin/env python3
"""Searches for learning rate, width and layers with Optuna: search.py CONFIG [TRIALS] [key=value …]

Several processes can share the study, and a restarted process continues it.
"""
import sys

import optuna
import seqrl

config, trials = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
ENDED = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)


class Report(seqrl.Callback):
    def __init__(self, trial):
        self.trial, self.best = trial, float("-inf")

    def on_evaluation(self, step, evaluation):
        score = evaluation["targets"][0]["return_mean"]
        self.best = max(self.best, score)
        self.trial.report(score, step)
        if self.trial.should_prune():
            raise optuna.TrialPruned


def objective(trial):
    report = Report(trial)
    seqrl.train(config, [f"training.lr={trial.suggest_float('lr', 1e-4, 1e-2, log=True)}",
                         f"backbone.dim={trial.suggest_int('dim', 32, 128, step=32)}",
                         f"backbone.layers={trial.suggest_int('layers', 1, 3)}",
                         f"output=runs/search/{trial.number}", *sys.argv[3:]], callbacks=report)
    return report.best


storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend("search.log"))
study = optuna.create_study(storage=storage, study_name="search", load_if_exists=True, direction="maximize",
                            pruner=optuna.pruners.MedianPruner(n_startup_trials=4))
study.optimize(objective, callbacks=[optuna.study.MaxTrialsCallback(trials, states=ENDED)])
print(f"best return {study.best_value:.1f}: {study.best_params}, runs/search/{study.best_trial.number}")
