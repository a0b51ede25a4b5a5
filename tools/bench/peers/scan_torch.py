#!/usr/bin/env python3
"""h_t = a_t * h_{t-1} + b_t in PyTorch, beside seqrl's scan: forward and backward, one figure a line
with the names of tools/bench/gpu/main.cpp.

    python scan_torch.py --device cuda --form eager|compiled [--times 20,128]     needs torch

A parallel scan by doubling (Hillis and Steele): log2(T) passes over memory, the best that plain
PyTorch does without a kernel of one's own.
"""

import argparse
import time

import torch

DIM, ELEMENTS = 256, 64 * 4096 * 256


def scan(a, b):
    """a, b (batch, time, dim) -> h (batch, time, dim), from h = 0."""
    step = 1
    while step < a.shape[1]:
        b = torch.cat([b[:, :step], b[:, step:] + a[:, step:] * b[:, :-step]], dim=1)
        a = torch.cat([a[:, :step], a[:, step:] * a[:, :-step]], dim=1)
        step *= 2
    return b


def seconds_each(count, device, call):
    def wait():
        if device == "cuda":
            torch.cuda.synchronize()

    for _ in range(3):
        call()
    wait()
    begin = time.perf_counter()
    for _ in range(count):
        call()
    wait()
    return (time.perf_counter() - begin) / count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--form", choices=["eager", "compiled"], default="eager")
    parser.add_argument("--times", default="20,128,512,4096,65536")
    parser.add_argument("--elements", type=int, default=ELEMENTS)
    options = parser.parse_args()
    function = torch.compile(scan) if options.form == "compiled" else scan
    for length in map(int, options.times.split(",")):
        batch = max(1, min(64, options.elements // (length * DIM)))
        shape = (batch, length, DIM)
        a = torch.rand(shape, device=options.device, requires_grad=True)
        b = torch.randn(shape, device=options.device, requires_grad=True)
        upstream = torch.randn(shape, device=options.device)

        def both():
            a.grad = b.grad = None
            function(a, b).backward(upstream)

        with torch.no_grad():
            forward = seconds_each(10, options.device, lambda: function(a, b))
        backward = seconds_each(10, options.device, both) - forward
        where = f"T={length} B={batch} D={DIM}"
        print(f"scan forward {where}\t{forward * 1e6:.4g}\tus", flush=True)
        print(f"scan backward {where}\t{backward * 1e6:.4g}\tus", flush=True)


if __name__ == "__main__":
    main()
