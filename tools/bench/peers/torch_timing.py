"""Timing in PyTorch, as tools/bench/gpu/measure.h does it: medians by the device's own clock."""

import statistics
import time

import torch

FORMS = ["eager", "graph", "compiled", "compiled_graph"]


def choose_precision(name):
    """float32 or tf32, of matrix products and of cuDNN's GRU and LSTM, which are TF32 unless told."""
    torch.set_float32_matmul_precision("high" if name == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32 = name == "tf32"


def seconds_each(count, device, call):
    """The median from the end of one call's work to the end of the next one's, once warm."""
    for _ in range(3):
        call()
    if device == "cuda":
        stamps = [torch.cuda.Event(enable_timing=True) for _ in range(count + 1)]
        stamps[0].record()
        for stamp in stamps[1:]:
            call()
            stamp.record()
        torch.cuda.synchronize()
        gaps = [a.elapsed_time(b) * 1e-3 for a, b in zip(stamps, stamps[1:])]
    else:
        stamps = [time.perf_counter()]
        for _ in range(count):
            call()
            stamps.append(time.perf_counter())
        gaps = [b - a for a, b in zip(stamps, stamps[1:])]
    return statistics.median(gaps)


def captured(call):
    """All that `call` does as one CUDA graph: a function that replays it."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph.replay


def show(name, value, unit, form):
    """A figure, as tools/bench/gpu/main.cpp prints them, and whose it is."""
    print(f"{name}\t{value:.4g}\t{unit}\tPyTorch {form}", flush=True)
