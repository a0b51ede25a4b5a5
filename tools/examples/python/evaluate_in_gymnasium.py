#!/usr/bin/env python3
"""Evaluates an agent in Gymnasium's MuJoCo robot, as `seqrl eval` does in seqrl's:
evaluate_in_gymnasium.py AGENT [EPISODES]
"""
import sys

import gymnasium
import seqrl

agent, episodes = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
make = lambda: gymnasium.make(seqrl.Actor(agent).gymnasium_id)  # noqa: E731
played = seqrl.evaluate(agent, make, episodes=episodes, mode="stream", same_starts=True)
for result in played["targets"]:
    print(played["env"], result["target"] or "", f"{result['return_mean']:.1f} ± {result['return_std']:.1f}")
