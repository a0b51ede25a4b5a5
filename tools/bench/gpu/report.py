#!/usr/bin/env python3
"""The report of tools/bench/gpu.sh, in Markdown on stdout: report.py FOLDER

Reads the output of the experiment's parts from the folder; parts may be missing. A line of three fields separated
by tabs, name, value and unit, is a figure of seqrl; a fourth field names another program. Other lines are ignored.
"""
import collections
import sys
from pathlib import Path

SEQRL, EAGER, GRAPHS = "seqrl", "PyTorch eager", ("PyTorch graph", "PyTorch compiled_graph")
PARTS = ("facts", "measure", "tests", "torch", "runs", "sanitizers")


def read_lines(folder, part):
    try:
        return (folder / f"{part}.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []


def read_figures(lines):
    """Returns {name: {program: value}} and {name: unit}, in the order of the lines."""
    figures, units = {}, {}
    for fields in (line.split("\t") for line in lines):
        if len(fields) not in (3, 4):
            continue
        try:
            value = float(fields[1])
        except ValueError:
            continue
        figures.setdefault(fields[0], {})[fields[3] if len(fields) == 4 else SEQRL] = value
        units[fields[0]] = fields[2]
    return figures, units


class Aim:
    def __init__(self, name, least, value, unit="×"):
        self.name, self.least, self.value, self.unit = name, least, value, unit

    def verdict(self):
        if self.value is None:
            return "not measured"
        return "reached" if self.value >= self.least else "missed"

    def row(self):
        value = "" if self.value is None else f"{self.value:.3g} {self.unit}"
        return f"| {self.name} | at least {self.least} {self.unit} | {value} | {self.verdict()} |"


def aims(figures):
    def of(name, *whose):
        return min((figures[name][who] for who in whose if who in figures.get(name, {})), default=None)

    def ratio(theirs, ours):
        return None if theirs is None or not ours else theirs / ours

    for precision in ("", ", tf32"):
        for batch, eager, graph in ((64, 8, 2), (4096, None, 1.3)):
            for backbone in ("min_gru", "transformer"):
                step = f"DT step {backbone} batch {batch}{precision}"
                ours = of(step, SEQRL)
                if eager:
                    yield Aim(f"{step}: PyTorch's time, eager", eager, ratio(of(step, EAGER), ours))
                yield Aim(f"{step}: PyTorch's time, the whole step a CUDA graph, compiled or not", graph,
                          ratio(of(step, *GRAPHS), ours))
    steps = "100000 DT steps min_gru batch 64"
    yield Aim(f"{steps}: 60 s over their time", 1, ratio(60, of(steps, SEQRL)))
    for way in ("forward", "backward"):
        scan = f"scan {way}, of the copy's bandwidth T=4096 B=64 D=256"
        yield Aim(scan, 0.92, of(scan, SEQRL))


def count_cases(lines):
    """Returns how many cases of a part passed, and the names of those that failed."""
    passed = sum(line.startswith("passed: ") for line in lines)
    return passed, [line.removeprefix("failed: ") for line in lines if line.startswith("failed: ")]


def table(figures, units):
    columns = [SEQRL] + sorted({who for of in figures.values() for who in of} - {SEQRL})
    yield "| what | " + " | ".join(columns) + " | unit |"
    yield "|---" * (len(columns) + 2) + "|"
    for name, of in figures.items():
        values = (f"{of[who]:.4g}" if who in of else "" for who in columns)
        yield f"| {name} | " + " | ".join(values) + f" | {units[name]} |"


def report(folder):
    parts = {part: read_lines(folder, part) for part in PARTS}
    figures, units = read_figures([line for lines in parts.values() for line in lines])
    yield "# seqrl on a GPU\n"
    yield "| figure | aim | measured | |\n|---|---|---|---|"
    all_aims = list(aims(figures))
    yield from (aim.row() for aim in all_aims)
    counts = collections.Counter(aim.verdict() for aim in all_aims)
    yield "\n" + ", ".join(f"{verdict}: {counts[verdict]}" for verdict in ("reached", "missed", "not measured"))
    yield "\n## Tests\n"
    for part in ("tests", "sanitizers"):
        passed, failed = count_cases(parts[part])
        yield f"{part}: {passed} passed, {len(failed)} failed" + "".join(f"\n- {name}" for name in failed) + "\n"
    yield "## Stages\n\n```"
    yield from read_lines(folder, "summary")
    yield "```\n\n## Figures\n"
    yield from table(figures, units)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print("\n".join(report(Path(sys.argv[1]))))
