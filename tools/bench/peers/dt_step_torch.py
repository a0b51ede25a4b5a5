#!/usr/bin/env python3
"""Measures a Decision Transformer's training step in PyTorch with seqrl's six backbones: hopper's sizes,
context 20, dim 128, three layers, AdamW with gradient clipping. Prints one figure per line, with the
names of tools/bench/gpu/steps.cpp.

    python dt_step_torch.py --device cuda --form FORM [--precision tf32] [--backbones gru,...] [--batches 64]

The modules are written in plain torch.nn. GRU and LSTM are torch.nn.GRU and LSTM, which use cuDNN on a GPU.
The forms are `eager`; `graph`, the whole step with clipping and AdamW as one CUDA graph; `compiled`, the
loss and its backward pass by torch.compile with its own CUDA graphs (mode="reduce-overhead"); and
`compiled_graph`, the whole step with the compiled loss as one CUDA graph. If a case fails, the error is
printed on stderr, the other cases are measured, and the exit status is 1. Needs torch.
"""

import argparse
import sys

import torch
from torch import nn
from torch.nn import functional as F

from scan_torch import scan
from torch_timing import FORMS, captured, choose_precision, seconds_each, show

DIM, LAYERS, CONTEXT, OBSERVATION, ACTION, LONGEST, DROPOUT = 128, 3, 20, 11, 3, 1000, 0.1


class MinCell(nn.Module):
    """minGRU (2 projections) or minLSTM (3), arXiv 2410.01201, with the default expansion of seqrl."""

    def __init__(self, projections, expansion=1):
        super().__init__()
        self.projections, inner = projections, expansion * DIM
        self.gates = nn.Linear(DIM, projections * inner)
        self.down = nn.Linear(inner, DIM)

    def forward(self, x):
        parts = self.gates(x).chunk(self.projections, dim=-1)
        value = parts[-1]
        candidate = torch.where(value >= 0, value + 0.5, torch.sigmoid(value))
        if self.projections == 2:
            write = torch.sigmoid(parts[0])
            keep = 1 - write
        else:
            forget, enter = torch.sigmoid(parts[0]), torch.sigmoid(parts[1])
            keep, write = forget / (forget + enter), enter / (forget + enter)
        return self.down(scan(keep, write * candidate))


class Recurrent(nn.Module):
    def __init__(self, kind, expansion=1):
        super().__init__()
        self.cell = kind(DIM, expansion * DIM, batch_first=True)
        self.down = nn.Linear(expansion * DIM, DIM)

    def forward(self, x):
        return self.down(self.cell(x)[0])


class Attention(nn.Module):
    def __init__(self, heads=1):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(DIM, 3 * DIM), nn.Linear(DIM, DIM)

    def forward(self, x):
        batch, length, _ = x.shape
        parts = self.qkv(x).chunk(3, -1)
        q, k, v = (p.view(batch, length, self.heads, -1).transpose(1, 2) for p in parts)
        dropout = DROPOUT if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=dropout)
        return self.out(y.transpose(1, 2).reshape(batch, length, DIM))


class MambaCell(nn.Module):
    """Mamba, arXiv 2312.00752; the selective scan is a parallel scan over (time, inner, state)."""

    def __init__(self, inner=2 * DIM, state=16, kernel=4):
        super().__init__()
        self.inner, self.state, self.rank = inner, state, DIM // 16
        self.into = nn.Linear(DIM, 2 * inner, bias=False)
        self.conv = nn.Conv1d(inner, inner, kernel, groups=inner, padding=kernel - 1)
        self.select = nn.Linear(inner, self.rank + 2 * state, bias=False)
        self.step = nn.Linear(self.rank, inner)
        self.a_log = nn.Parameter(torch.log(torch.arange(1.0, state + 1)).repeat(inner, 1))
        self.d = nn.Parameter(torch.ones(inner))
        self.out = nn.Linear(inner, DIM, bias=False)

    def forward(self, x):
        batch, length, _ = x.shape
        u, gate = self.into(x).chunk(2, -1)
        u = F.silu(self.conv(u.transpose(1, 2))[..., :length].transpose(1, 2))
        rank, b, c = self.select(u).split([self.rank, self.state, self.state], -1)
        delta = F.softplus(self.step(rank)).unsqueeze(-1)
        keep = torch.exp(-delta * torch.exp(self.a_log))
        add = delta * u.unsqueeze(-1) * b.unsqueeze(2)
        h = scan(keep.flatten(2), add.flatten(2)).view(batch, length, self.inner, self.state)
        y = (h * c.unsqueeze(2)).sum(-1) + self.d * u
        return self.out(y * F.silu(gate))


MIXERS = {
    "min_gru": lambda: MinCell(2),
    "min_lstm": lambda: MinCell(3),
    "gru": lambda: Recurrent(nn.GRU),
    "lstm": lambda: Recurrent(nn.LSTM),
    "mamba": MambaCell,
    "transformer": Attention,
}


class Block(nn.Module):
    """Pre-norm residual: x += dropout(mixer(norm(x))); x += dropout(mlp(norm(x)))."""

    def __init__(self, kind):
        super().__init__()
        self.norm, self.mixer = nn.LayerNorm(DIM), MIXERS[kind]()
        self.mlp = None
        if kind != "mamba":
            self.mlp = nn.Sequential(nn.LayerNorm(DIM), nn.Linear(DIM, 4 * DIM),
                                     nn.GELU(approximate="tanh"), nn.Linear(4 * DIM, DIM))

    def forward(self, x):
        x = x + F.dropout(self.mixer(self.norm(x)), DROPOUT, self.training)
        if self.mlp is None:
            return x
        return x + F.dropout(self.mlp(x), DROPOUT, self.training)


class DecisionTransformer(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.returns, self.observation = nn.Linear(1, DIM), nn.Linear(OBSERVATION, DIM)
        self.action, self.time = nn.Linear(ACTION, DIM), nn.Embedding(LONGEST, DIM)
        self.norm, self.last = nn.LayerNorm(DIM), nn.LayerNorm(DIM)
        self.blocks = nn.Sequential(*(Block(kind) for _ in range(LAYERS)))
        self.head = nn.Linear(DIM, ACTION)

    def forward(self, returns, observations, actions, times):
        parts = [self.returns(returns), self.observation(observations), self.action(actions)]
        tokens = torch.stack(parts, dim=2) + self.time(times).unsqueeze(2)
        tokens = F.dropout(self.norm(tokens.flatten(1, 2)), DROPOUT, self.training)
        return torch.tanh(self.head(self.last(self.blocks(tokens))[:, 1::3]))


# At batch 4096 the scan's passes over (time, inner, state) keep 160 GB for the backward pass.
LARGEST_BATCH = {"mamba": 1024}


def memory_in_use():
    free, total = torch.cuda.mem_get_info()
    return total - free


def bench(kind, batch, options):
    torch.manual_seed(1)
    device, form, on_gpu = options.device, options.form, options.device == "cuda"
    before = memory_in_use() if on_gpu else 0
    model = DecisionTransformer(kind).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-4, fused=on_gpu,
                                  capturable=on_gpu)
    inputs = [torch.rand(batch, CONTEXT, n, device=device) * 2 - 1 for n in (1, OBSERVATION, ACTION)]
    times = torch.randint(LONGEST, (batch, CONTEXT), device=device)

    def loss():
        return F.mse_loss(model(*inputs, times), inputs[2])

    if form == "compiled":
        loss = torch.compile(loss, mode="reduce-overhead")
    elif form == "compiled_graph":
        loss = torch.compile(loss)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()

    whole = captured(step) if form in ("graph", "compiled_graph") else step
    seconds = seconds_each(options.steps, device, whole)
    name = f"DT step {kind} batch {batch}"
    how = "" if options.precision == "float32" else f", {options.precision}"
    show(name + how, seconds * 1e3, "ms", form)
    if on_gpu:
        show(f"{name}, memory allocated{how}", torch.cuda.max_memory_allocated() / 2**20, "MiB", form)
        show(f"{name}, memory taken of the device{how}", (memory_in_use() - before) / 2**20, "MiB", form)


def forget():
    """Frees the memory of the last case, also if it failed."""
    torch.compiler.reset()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--form", choices=FORMS, default="eager")
    parser.add_argument("--precision", choices=["float32", "tf32"], default="float32")
    parser.add_argument("--backbones", default=",".join(MIXERS))
    parser.add_argument("--batches", default="64,4096")
    parser.add_argument("--steps", type=int, default=50)
    options = parser.parse_args()
    choose_precision(options.precision)
    status = 0
    for batch in map(int, options.batches.split(",")):
        for kind in options.backbones.split(","):
            if batch > LARGEST_BATCH.get(kind, batch):
                print(f"{kind} at batch {batch}: skipped, it needs more memory than available", file=sys.stderr)
                continue
            try:
                bench(kind, batch, options)
            except Exception as error:  # any error of a library; the next case may work
                first = (str(error).strip() or repr(error)).splitlines()[0]
                print(f"error: {kind} at batch {batch}, {options.form}: {first}", file=sys.stderr)
                status = 1
            forget()
    return status


if __name__ == "__main__":
    sys.exit(main())
