#!/usr/bin/env python3
"""Measures Stable-Baselines3's SAC, for comparison with `seqrl bench train agent=sac`: environment steps
per second, each with one gradient step, with the same environment, networks and batch size.

    python sac_sb3.py [Hopper-v4] [batch] [threads]     needs stable-baselines3, gymnasium, mujoco
"""

import sys
import time

import torch
from stable_baselines3 import SAC

RANDOM_STEPS, COUNTED = 1000, 2000


def main():
    env = sys.argv[1] if len(sys.argv) > 1 else "Hopper-v4"
    batch = int(sys.argv[2]) if len(sys.argv) > 2 else 256
    if len(sys.argv) > 3:
        torch.set_num_threads(int(sys.argv[3]))
    model = SAC("MlpPolicy", env, batch_size=batch, learning_starts=RANDOM_STEPS, device="cpu", seed=0)
    model.learn(RANDOM_STEPS + 200)  # warm
    start = time.perf_counter()
    model.learn(COUNTED, reset_num_timesteps=False)
    seconds = time.perf_counter() - start
    print(f"{env}, batch {batch}, {torch.get_num_threads()} threads: {COUNTED / seconds:.1f} steps/s")


if __name__ == "__main__":
    main()
