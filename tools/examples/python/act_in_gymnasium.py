#!/usr/bin/env python3
"""Acts in Gymnasium with an exported agent: act_in_gymnasium.py FOLDER [TARGET]

    seqrl export runs/hopper-min_gru-1 hopper-agent
    tools/examples/python/act_in_gymnasium.py hopper-agent 3600
"""
import sys

import gymnasium
import seqrl

actor = seqrl.Actor(sys.argv[1])
target = float(sys.argv[2]) if len(sys.argv) > 2 else None  # None: the first one of its config
env = gymnasium.make(actor.gymnasium_id)
observation, _ = env.reset(seed=1)
actor.reset(target)
total, reward, done = 0.0, 0.0, False
while not done:
    action = actor.act(observation, reward).clip(env.action_space.low, env.action_space.high)
    observation, reward, terminated, truncated, _ = env.step(action)
    total, done = total + float(reward), terminated or truncated
print(f"{actor.gymnasium_id}: return {total:.1f}")
