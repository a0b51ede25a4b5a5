#!/usr/bin/env python3
"""Writes backbones/*.json: reference results of PyTorch for the backbones in models/backbones.

Each fixture contains a configuration, all parameters, inputs and targets, and in float64 the outputs,
the gradients of mean((output - target)^2), and the losses before each of ten AdamW steps. Weight
decay applies to weight matrices, not to biases, norms, initial states and Mamba's A and D.

    python make_backbone_fixtures.py [NAME ...]      needs torch 2

To add a backbone, write a class whose parameters have the names of the C++ ones, and add it to CASES.
"""

import json
import pathlib
import sys
import zlib

import torch
from torch import nn
from torch.nn import functional as F

BATCH, TIME = 2, 6
ADAMW = {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 1e-2}
STEPS = 10


# Shared by several backbones.


class Mlp(nn.Module):
    def __init__(self, dim, ratio):
        super().__init__()
        self.up = nn.Linear(dim, ratio * dim)
        self.down = nn.Linear(ratio * dim, dim)

    def forward(self, x):
        return self.down(F.gelu(self.up(x), approximate="tanh"))


class CausalConv(nn.Module):
    def __init__(self, dim, kernel):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(dim, kernel))
        self.bias = nn.Parameter(torch.empty(dim))

    def forward(self, x):
        dim, kernel = self.weight.shape
        padded = F.pad(x.transpose(1, 2), (kernel - 1, 0))
        return F.conv1d(padded, self.weight[:, None], self.bias, groups=dim).transpose(1, 2)


class Stack(nn.Module):
    """Blocks, then a norm."""

    def __init__(self, block, config):
        super().__init__()
        self.blocks = nn.ModuleList(block(config) for _ in range(config["layers"]))
        self.norm = nn.LayerNorm(config["dim"])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


# minGRU and minLSTM: Feng et al., arXiv 2410.01201v3.


class MinCell(nn.Module):
    def __init__(self, config, parts):
        super().__init__()
        inner = config["expansion"] * config["dim"]
        self.positive = config["state"] == "positive"
        self.conv = CausalConv(config["dim"], config["conv"]) if config["conv"] else nn.Identity()
        self.down = nn.Linear(inner, config["dim"])
        self.gates = nn.Linear(config["dim"], parts * inner)
        if config["learned_h0"]:
            self.h0 = nn.Parameter(torch.empty(inner))

    def forward(self, x):
        *gates, v = self.gates(self.conv(x)).chunk(self.parts, dim=-1)
        keep, write = self.normalised(*[g.sigmoid() for g in gates])
        candidate = torch.where(v >= 0, v + 0.5, v.sigmoid()) if self.positive else v
        h = self.h0.expand(len(x), -1) if hasattr(self, "h0") else torch.zeros_like(v[:, 0])
        steps = []
        for t in range(x.shape[1]):
            h = keep[:, t] * h + write[:, t] * candidate[:, t]
            steps.append(h)
        return self.down(torch.stack(steps, dim=1))


class MinGruCell(MinCell):
    parts = 2

    def normalised(self, z):
        return 1 - z, z


class MinLstmCell(MinCell):
    parts = 3

    def normalised(self, f, i):
        return f / (f + i), i / (f + i)


class MinBlock(nn.Module):
    def __init__(self, config, cell):
        super().__init__()
        dim = config["dim"]
        self.norm = nn.LayerNorm(dim)
        self.cell = cell(config, cell.parts)
        if config["mlp"]:
            self.mlp_norm = nn.LayerNorm(dim)
            self.mlp = Mlp(dim, config["mlp"])

    def forward(self, x):
        x = x + self.cell(self.norm(x))
        return x + self.mlp(self.mlp_norm(x)) if hasattr(self, "mlp") else x


def min_gru(config):
    return Stack(lambda c: MinBlock(c, MinGruCell), config)


def min_lstm(config):
    return Stack(lambda c: MinBlock(c, MinLstmCell), config)


MIN_DEFAULT = {"dim": 8, "layers": 2, "state": "positive", "expansion": 1, "conv": 0, "mlp": 4,
               "learned_h0": False}
MIN_OTHER = {"dim": 6, "layers": 2, "state": "signed", "expansion": 2, "conv": 4, "mlp": 0,
             "learned_h0": True}


# Mamba: Gu & Dao, arXiv 2312.00752.


class MambaLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        dim, self.state = config["dim"], config["d_state"]
        self.inner, self.rank = config["expand"] * dim, (dim + 15) // 16
        self.in_proj = nn.Linear(dim, 2 * self.inner, bias=False)
        self.conv = CausalConv(self.inner, config["d_conv"])
        self.x_proj = nn.Linear(self.inner, self.rank + 2 * self.state, bias=False)
        self.dt_proj = nn.Linear(self.rank, self.inner)
        self.a_log = nn.Parameter(torch.empty(self.inner, self.state))
        self.d = nn.Parameter(torch.empty(self.inner))
        self.out_proj = nn.Linear(self.inner, dim, bias=False)

    def forward(self, u):
        x, z = self.in_proj(u).chunk(2, dim=-1)
        x = F.silu(self.conv(x))
        dt, b, c = self.x_proj(x).split([self.rank, self.state, self.state], dim=-1)
        delta = F.softplus(self.dt_proj(dt))
        a = -self.a_log.exp()
        h = x.new_zeros(len(x), self.inner, self.state)
        steps = []
        for t in range(x.shape[1]):
            step = delta[:, t, :, None]
            h = (step * a).exp() * h + step * b[:, t, None, :] * x[:, t, :, None]
            steps.append((h * c[:, t, None, :]).sum(-1) + self.d * x[:, t])
        return self.out_proj(torch.stack(steps, dim=1) * F.silu(z))


class MambaBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.norm = nn.LayerNorm(config["dim"])
        self.mixer = MambaLayer(config)

    def forward(self, x):
        return x + self.mixer(self.norm(x))


def mamba(config):
    return Stack(MambaBlock, config)


# GRU, LSTM and Transformer, with PyTorch's recurrences and attention.


class ResidualBlock(nn.Module):
    """x + mixer(norm(x)), then x + mlp(mlp_norm(x)); the mixer has the name `name`."""

    def __init__(self, config, name, mixer):
        super().__init__()
        self.norm = nn.LayerNorm(config["dim"])
        self.name = name
        self.add_module(name, mixer(config))
        if config["mlp"]:
            self.mlp_norm = nn.LayerNorm(config["dim"])
            self.mlp = Mlp(config["dim"], config["mlp"])

    def forward(self, x):
        x = x + getattr(self, self.name)(self.norm(x))
        return x + self.mlp(self.mlp_norm(x)) if hasattr(self, "mlp") else x


class Recurrent(nn.Module):
    def __init__(self, config, gates):
        super().__init__()
        self.hidden = config["expansion"] * config["dim"]
        self.gates = gates
        self.inputs = nn.Linear(config["dim"], gates * self.hidden)
        self.weight = nn.Parameter(torch.empty(gates * self.hidden, self.hidden))
        self.bias = nn.Parameter(torch.empty(gates * self.hidden))
        self.down = nn.Linear(self.hidden, config["dim"])

    def forward(self, x):
        weights = [self.inputs.weight, self.weight, self.inputs.bias, self.bias]
        zeros = x.new_zeros(1, len(x), self.hidden)
        rest = (weights, True, 1, 0.0, False, False, True)
        h = torch.gru(x, zeros, *rest) if self.gates == 3 else torch.lstm(x, (zeros, zeros), *rest)
        return self.down(h[0])


def gru(config):
    return Stack(lambda c: ResidualBlock(c, "gru", lambda c: Recurrent(c, 3)), config)


def lstm(config):
    return Stack(lambda c: ResidualBlock(c, "lstm", lambda c: Recurrent(c, 4)), config)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.qkv = nn.Linear(config["dim"], 3 * config["dim"])
        self.out = nn.Linear(config["dim"], config["dim"])

    def turned(self, x):
        """Applies rotary positions: complex pairs (x_i, x_{i + size/2}) times e^(i·angle)."""
        half = x.shape[-1] // 2
        rates = 10000.0 ** (-torch.arange(half, dtype=x.dtype) / half)
        angles = torch.arange(x.shape[-2], dtype=x.dtype)[:, None] * rates
        turns = torch.polar(torch.ones_like(angles), angles)
        pairs = torch.complex(x[..., :half], x[..., half:]) * turns
        return torch.cat([pairs.real, pairs.imag], dim=-1)

    def forward(self, x):
        time, window = x.shape[1], self.config["window"]
        q, k, v = (part.unflatten(-1, (self.config["heads"], -1)).transpose(1, 2)
                   for part in self.qkv(x).chunk(3, dim=-1))
        if self.config["positions"] == "rotary":
            q, k = self.turned(q), self.turned(k)
        age = torch.arange(time)[:, None] - torch.arange(time)
        seen = (age >= 0) & (age < window) if window else age >= 0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        return self.out(y.transpose(1, 2).flatten(2))


def transformer(config):
    return Stack(lambda c: ResidualBlock(c, "attention", Attention), config)


TRANSFORMER = {"dim": 8, "layers": 2, "heads": 1, "mlp": 4, "window": 0, "positions": "none"}


# The runner.

CASES = {
    "min_gru": (min_gru, MIN_DEFAULT),
    "min_gru_other": (min_gru, MIN_OTHER),
    "min_lstm": (min_lstm, MIN_DEFAULT),
    "min_lstm_other": (min_lstm, MIN_OTHER),
    "mamba": (mamba, {"dim": 8, "layers": 2, "expand": 2, "d_state": 4, "d_conv": 4}),
    "gru": (gru, {"dim": 8, "layers": 2, "expansion": 1, "mlp": 4}),
    "gru_other": (gru, {"dim": 6, "layers": 1, "expansion": 2, "mlp": 0}),
    "lstm": (lstm, {"dim": 8, "layers": 2, "expansion": 1, "mlp": 4}),
    "lstm_other": (lstm, {"dim": 6, "layers": 1, "expansion": 2, "mlp": 0}),
    "transformer": (transformer, TRANSFORMER),
    "transformer_other": (transformer, {"dim": 12, "layers": 1, "heads": 3, "mlp": 2, "window": 3,
                                        "positions": "rotary"}),
}


def rounded(tensor):
    """Rounds to few digits, so that float32 and float64 represent the same number."""
    return (tensor * 1024).round() / 1024


def decays(name, parameter):
    return name.endswith("weight") and parameter.ndim >= 2


def values(tensor):
    return [float(f"{value:.10g}") for value in tensor.detach().flatten().tolist()]


def named(tensors):
    return {name: values(tensor) for name, tensor in tensors}


def fixture(make, config, seed):
    torch.manual_seed(seed)
    model = make(config).double()
    with torch.no_grad():
        for name, p in model.named_parameters():
            start = torch.ones_like(p) if "norm.weight" in name or name.endswith(".d") else 0
            p.copy_(rounded(start + 0.4 * torch.randn_like(p)))
    shape = (BATCH, TIME, config["dim"])
    x = rounded(torch.randn(shape, dtype=torch.float64)).requires_grad_()
    target = rounded(torch.randn(shape, dtype=torch.float64))

    def loss():
        return F.mse_loss(model(x), target)

    loss().backward()
    parameters = dict(model.named_parameters())
    result = {
        "config": config,
        "shape": shape,
        "input": values(x),
        "target": values(target),
        "parameters": named(parameters.items()),
        "output": values(model(x)),
        "input_gradient": values(x.grad),
        "gradients": named((name, p.grad) for name, p in parameters.items()),
        "decayed": [name for name, p in parameters.items() if decays(name, p)],
    }
    groups = [
        {"params": [p for n, p in parameters.items() if decays(n, p) == wanted], "weight_decay": w}
        for wanted, w in ((True, ADAMW["weight_decay"]), (False, 0.0))
    ]
    optimizer = torch.optim.AdamW(groups, lr=ADAMW["lr"], betas=(ADAMW["beta1"], ADAMW["beta2"]),
                                  eps=ADAMW["epsilon"])
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        now = loss()
        now.backward()
        optimizer.step()
        losses.append(float(f"{now.item():.12g}"))
    result["adamw"] = {**ADAMW, "losses": losses}
    return result


def main():
    folder = pathlib.Path(__file__).parent / "backbones"
    folder.mkdir(exist_ok=True)
    for name, (make, config) in CASES.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        text = json.dumps(fixture(make, config, zlib.crc32(name.encode())), separators=(",", ":"))
        (folder / f"{name}.json").write_text(text + "\n")
        print(f"{name}: {len(text)} bytes")


if __name__ == "__main__":
    main()
