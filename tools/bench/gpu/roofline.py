#!/usr/bin/env python3
"""The roofline of a Decision Transformer's training step with the Transformer backbone on a GPU: the
operations and the memory traffic of its kernels, and the minimum time that they take. It is
computed, not measured.

  tools/bench/gpu/roofline.py [--batch 64] [--dim 128] [--precision float32] …

The time of a kernel is the longer of two: its operations at the peak rate of matrix products, and its
bytes at the memory bandwidth. Each node of the CUDA graph adds --node microseconds. The default peaks
are those of the H200 (SXM) data sheet; pass measured ones if available. Traffic that the L2 cache
saves is not subtracted: its 50 MB hold a layer's activations of batch 64, but not of batch 4096.
"""
import argparse

PEAKS = {'float32': 67, 'tf32': 495, 'bf16': 990}  # TFLOP/s, dense


def linear(name, rows, inner, outer, kept=0):
    """The kernels of x·Wᵀ + b and of its backward pass, as in step().

    `kept` is the number of additional elements that the forward pass writes per row. The gradient
    of the bias is summed by the kernel that writes the gradient of the result.
    """
    flops = 2 * rows * inner * outer
    moved = rows * (inner + outer)
    return [(f'{name}', flops, moved + rows * kept, 1),
            (f'{name}, backward', 2 * flops, 2 * moved, 2)]


def step(batch, context, dim, observation, action, layers, parameters):
    """Returns the kernels as (name, operations of matrix products, elements moved, graph nodes)."""
    tokens, read = 3 * batch * context, batch * context
    kernels = []
    width = 1 + observation + action
    kernels += [('tokens', 2 * read * width * dim, read * width + 4 * tokens * dim / 3, 1),
                ('tokens, backward', 2 * read * width * dim, (width + 1) * read * dim, 2),
                ('norm, dropout, norm', 0, 4 * tokens * dim, 2),
                ('norm, dropout, norm, backward', 0, 7 * tokens * dim, 2)]
    for layer in range(layers):
        last = layer == layers - 1
        rows = read if last else tokens
        pairs = batch * 3 * context * (3 * context + 1) // 2
        kernels += linear('queries, keys, values', tokens, dim, 3 * dim)
        kernels += [('attention', 4 * pairs * dim, 4 * tokens * dim, 1),
                    ('attention, backward', 10 * pairs * dim, 8 * tokens * dim, 1)]
        if last:
            kernels += [('tokens that are read', 0, 12 * rows * dim, 2)]
        kernels += linear('out', rows, dim, dim)
        kernels += linear('up', rows, dim, 4 * dim, kept=4 * dim)
        kernels += [('activation, backward', 0, 12 * rows * dim, 1)]
        kernels += linear('down', rows, 4 * dim, dim)
        kernels += [('sum and norm', 0, 8 * rows * dim, 2),
                    ('sum and norm, backward', 0, 10 * rows * dim, 2)]
    kernels += linear('head', read, dim, action)
    # Adding up the losses of several blocks takes a kernel (models/ops/cuda/loss.h).
    kernels += [('tanh, loss, and back', 0, 4 * read * action, 1 if read * action <= 16384 else 2),
                ('sums of parts', 0, 0, 1), ('AdamW', 0, 8 * parameters, 2)]
    return kernels


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (('batch', 64), ('context', 20), ('dim', 128), ('layers', 3),
                        ('observation', 11), ('action', 3)):
        parser.add_argument(f'--{name}', type=int, default=value)
    parser.add_argument('--precision', choices=PEAKS, default='float32')
    parser.add_argument('--peak', type=float, help='peak of matrix products in TFLOP/s')
    parser.add_argument('--bandwidth', type=float, default=4.8, help='memory bandwidth in TB/s')
    parser.add_argument('--node', type=float, default=1.5, help='microseconds per graph node')
    options = parser.parse_args()
    peak = (options.peak or PEAKS[options.precision]) * 1e12
    dim, layers = options.dim, options.layers
    parameters = layers * (12 * dim * dim + 13 * dim) + 1000 * dim
    kernels = step(options.batch, options.context, dim, options.observation, options.action, layers,
                   parameters)
    rows = {}
    for name, flops, elements, nodes in kernels:
        row = rows.setdefault(name, [0, 0, 0, 0])
        took = max(flops / peak, 4 * elements / options.bandwidth / 1e12)
        for i, value in enumerate((flops / 1e9, 4 * elements / 1e6, nodes, 1e6 * took)):
            row[i] += value
    print('| kernels | GFLOP | MB | nodes | floor, µs |\n|---|---|---|---|---|')
    for name, row in rows.items():
        print(f'| {name} | {row[0]:.2f} | {row[1]:.1f} | {row[2]} | {row[3]:.1f} |')
    total = [sum(column) for column in zip(*rows.values())]
    print(f'| all | {total[0]:.1f} | {total[1]:.0f} | {total[2]} | {total[3]:.0f} |')
    print(f'\nfloor {total[3] / 1000:.2f} ms; with {total[2]} nodes of {options.node} µs: '
          f'{(total[3] + total[2] * options.node) / 1000:.2f} ms')


if __name__ == '__main__':
    main()
