#!/usr/bin/env python3
"""Measures h_t = a_t * h_{t-1} + b_t in PyTorch, for comparison with seqrl's scan: forward and
backward, one figure per line with the names of tools/bench/gpu/main.cpp.

    python scan_torch.py --device cuda --form eager|graph|compiled [--times 20,128]     needs torch

It is a parallel scan by doubling (Hillis and Steele) with log2(T) passes over memory, the fastest in
plain PyTorch without a custom kernel.
"""

import argparse

import torch

from torch_timing import captured, seconds_each, show

DIM, BATCH, ELEMENTS = 256, 64, 64 * 4096 * 256


def scan(a, b):
    """a, b (batch, time, dim) -> h (batch, time, dim), with h = 0 before the first step."""
    step = 1
    while step < a.shape[1]:
        b = torch.cat([b[:, :step], b[:, step:] + a[:, step:] * b[:, :-step]], dim=1)
        a = torch.cat([a[:, :step], a[:, step:] * a[:, :-step]], dim=1)
        step *= 2
    return b


def cache_bytes(device):
    return torch.cuda.get_device_properties(0).L2_cache_size if device == "cuda" else 0


def bench(length, options):
    device = options.device
    batch = max(1, min(BATCH, options.elements // (length * DIM)))
    shape = (batch, length, DIM)
    function = torch.compile(scan) if options.form == "compiled" else scan
    # Short scans alternate between several inputs, which together are larger than the cache.
    count = 1 + min(4 * cache_bytes(device), 4 * options.elements) // (12 * batch * length * DIM)
    inputs = [(torch.rand(shape, device=device, requires_grad=True),
               torch.rand(shape, device=device, requires_grad=True), torch.randn(shape, device=device))
              for _ in range(count)]

    def forward():
        with torch.no_grad():
            for a, b, _ in inputs:
                function(a, b)

    def both():
        for a, b, upstream in inputs:
            a.grad = b.grad = None
            function(a, b).backward(upstream)

    def seconds_of(call):
        return seconds_each(10, device, captured(call) if options.form == "graph" else call) / count

    forward_seconds = seconds_of(forward)
    where = f"T={length} B={batch} D={DIM}"
    show(f"scan forward {where}", forward_seconds * 1e6, "us", options.form)
    show(f"scan backward {where}", (seconds_of(both) - forward_seconds) * 1e6, "us", options.form)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--form", choices=["eager", "graph", "compiled"], default="eager")
    parser.add_argument("--times", default="20,128,512,4096,65536")
    parser.add_argument("--elements", type=int, default=ELEMENTS)
    options = parser.parse_args()
    for length in map(int, options.times.split(",")):
        bench(length, options)


if __name__ == "__main__":
    main()
