"""Timing in PyTorch like tools/bench/gpu/measure.h: medians, measured with the clock of the device."""

import statistics
import time

import torch

FORMS = ["eager", "graph", "compiled", "compiled_graph"]


def choose_precision(name):
    """Sets float32 or tf32 for matrix products and for cuDNN's GRU and LSTM, whose default is TF32."""
    torch.set_float32_matmul_precision("high" if name == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32 = name == "tf32"


def seconds_each(count, device, call):
    """Returns the median time from the end of one call to the end of the next, after a warm-up."""
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
    """Captures `call` as one CUDA graph. Returns a function that replays it."""
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
    """Prints a figure in the format of tools/bench/gpu/main.cpp, with the name of the PyTorch form."""
    print(f"{name}\t{value:.4g}\t{unit}\tPyTorch {form}", flush=True)
