#!/usr/bin/env python3
"""The measurements of tools/bench/cpu.sh: cpu.py SEQRL [train|length|attention|evaluate|load …]

A measurement is repeated until three of its values agree to 5 %, at most eight times. The result is the
median of the closest three; if they never agree, it is marked "disturbed". Two programs are compared by
the ratio of their times; in each repetition they run one after the other.
"""
import csv
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PEERS = Path(__file__).parent / "peers"
RECURRENT = ["min_gru", "min_lstm", "gru", "lstm", "mamba"]
DIM = 128


def output_of(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {result.stderr.strip().splitlines()[-1:]}")
    return result.stdout


def has(module):
    return subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True).returncode == 0


def steady(measure):
    """Repeats a measurement. Returns (median of the three closest values, note) for each of its numbers."""
    taken = []
    for _ in range(8):
        taken.append(measure())
        results = [closest_three([values[i] for values in taken]) for i in range(len(taken[0]))]
        if all(spread <= 0.05 for _, spread in results):
            return [(value, "") for value, _ in results]
    return [(value, "" if spread <= 0.05 else " (disturbed)") for value, spread in results]


def closest_three(values):
    ordered = sorted(values)
    if len(ordered) < 3:
        return ordered[0], float("inf")
    threes = [ordered[i:i + 3] for i in range(len(ordered) - 2)]
    best = min(threes, key=lambda three: three[2] / three[0])
    return statistics.median(best), best[2] / best[0] - 1


class Bench:
    def __init__(self, seqrl):
        self.seqrl = seqrl
        self.rows = []
        self.folder = tempfile.TemporaryDirectory()

    def json(self, what, *settings):
        return json.loads(output_of(self.seqrl, "bench", what, *settings, "--json"))

    def add(self, what, aim, reached, unit="", note=""):
        """Adds a row to the table. aim: ("at least" or "at most", number), or None."""
        verdict = ""
        if aim:
            held = reached >= aim[1] if aim[0] == "at least" else reached <= aim[1]
            verdict = "yes" if held else "no"
        row = (what, f"{aim[0]} {aim[1]:g}{unit}" if aim else "", f"{reached:.3g}{unit}{note}", verdict)
        self.rows.append(row)
        print(" | ".join(row), file=sys.stderr, flush=True)

    def train(self):
        aims = {"transformer": 75, "min_gru": 75, "mamba": 45}
        forms = ["eager", "compiled"] if has("torch") else []
        for backbone, aim in aims.items():
            def measure():
                step = self.json("train", f"backbone={backbone}")
                times = [self.torch_step(backbone, form) for form in forms]
                return [100 * step["share_of_peak"]] + [t / step["milliseconds_per_step"] for t in times]
            share, *ratios = steady(measure)
            self.add(f"training step, {backbone}: share of peak", ("at least", aim), share[0], " %", share[1])
            for form, (ratio, note) in zip(forms, ratios):
                self.add(f"training step, {backbone}: PyTorch's time ({form}) over seqrl's", None, ratio, "×", note)

    @staticmethod
    def torch_step(backbone, form):
        text = output_of(sys.executable, PEERS / "dt_step_torch.py", "--device", "cpu", "--form", form,
                         "--backbones", backbone, "--batches", "64", "--steps", "20")
        return float(text.split("\t")[1])

    def costs(self, *settings):
        """Measures training passes. Returns {(backbone, length): seconds} and {(backbone, length): megabytes}."""
        folder = Path(self.folder.name)
        output_of(self.seqrl, "figure", "training_cost", f"dim={DIM}", "layers=1", f"output={folder}", *settings)
        tables = []
        for name, scale in (("training-time", 1e-3), ("training-memory", 1)):
            with open(folder / f"{name}.csv", encoding="utf-8") as file:
                tables.append({(row["curve"], int(row["x"])): scale * float(row["mean"])
                               for row in csv.DictReader(file)})
        return tables

    def length(self):
        for backbone in RECURRENT:
            kind, megabytes = f"backbones=[{backbone}]", {}

            def measure():
                times, memory = self.costs(kind, "lengths=[64,4096]", "batches=[64]")
                longer, _ = self.costs(kind, "lengths=[16384]", "batches=[4]")
                megabytes["at 4096"] = memory[backbone, 4096]
                token = times[backbone, 64] / (64 * 64)
                return [times[backbone, 4096] / (64 * 4096) / token,
                        longer[backbone, 16384] / (4 * 16384) / token]
            for length, (ratio, note) in zip((4096, 16384), steady(measure)):
                self.add(f"{backbone}: cost of a token at {length} over that at 64", ("at most", 1.15), ratio, "×", note)
            self.add(f"{backbone}: memory of a pass, batch 64 at 4096", None, megabytes["at 4096"], " MB")

    def attention(self):
        peak = self.json("hardware")["peak_gflops"] * 1e9

        def share():
            tokens, length = 64 * 1024, 1024
            seconds = self.costs("backbones=[transformer]", "lengths=[1024]", "batches=[64]")[0]["transformer", length]
            # 12 dim² weights, and half a square each of scores and of weighted values; backward is twice forward.
            flops = tokens * 3 * (2 * 12 * DIM * DIM + 2 * length * DIM)
            return [100 * flops / seconds / peak]
        (value, note), = steady(share)
        self.add("Transformer at 1024 tokens, batch 64: share of peak", ("at least", 60), value, " %", note)

        def window():
            times, _ = self.costs("backbones=[transformer]", "lengths=[256,4096]", "batches=[16]", "window=64")
            return [times["transformer", 4096] / 16 / times["transformer", 256]]
        (value, note), = steady(window)
        self.add("Transformer, window 64: cost of a token at 4096 over that at 256", ("at most", 1.15), value, "×", note)

    def evaluate(self):
        for env in ("hopper", "walker2d", "halfcheetah", "ant"):
            for backbone in RECURRENT + ["transformer"] if env == "hopper" else ["min_gru"]:
                self.times_bare(env, backbone, "stream", 1.15)
        for backbone in RECURRENT:
            self.times_bare("hopper", backbone, "window", 2)

    def times_bare(self, env, backbone, mode, aim):
        settings = [f"env={env}", f"backbone={backbone}", f"evaluation.mode={mode}", "evaluation.episodes=50"]
        (value, note), = steady(lambda: [self.json("eval", *settings)["times_bare_mujoco"]])
        self.add(f"evaluation, {env}, {backbone}, {mode}: time over MuJoCo's alone", ("at most", aim), value, "×", note)

    def load(self):
        if not has("h5py"):
            return
        path = Path(self.folder.name) / "hopper.hdf5"
        output_of(sys.executable, PEERS / "make_d4rl.py", path)

        def measure():
            ours = self.json("load", f"dataset.path={path}")["seconds"]
            return [ours / json.loads(output_of(sys.executable, PEERS / "read_h5py.py", path, 2))["seconds"]]
        (value, note), = steady(measure)
        self.add("loading 1,000,000 transitions: time over h5py's", ("at most", 1), value, "×", note)


def main():
    bench = Bench(sys.argv[1])
    parts = sys.argv[2:] or ["train", "length", "attention", "evaluate", "load"]
    for part in parts:
        if part not in ("train", "length", "attention", "evaluate", "load"):
            sys.exit(f"tools/bench/cpu.sh: unknown part '{part}'; the parts are train, length, attention, evaluate, load")
    for part in parts:
        getattr(bench, part)()
    print("| what | aim | reached | held |\n|---|---|---|---|")
    for row in bench.rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
