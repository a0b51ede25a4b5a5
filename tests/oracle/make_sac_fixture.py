#!/usr/bin/env python3
"""Writes sac.json: ten gradient steps of SAC, computed by PyTorch in float64.

There are two separate critics, two target critics, an actor and a learned temperature, optimized with
torch's Adam. The fixture contains the losses and the temperature before each step, and all parameters
after the last. The parameters of the two critics are stacked row-wise, as agents/sac stores them.

    python make_sac_fixture.py      needs torch 2
"""

import copy
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

OBSERVATION, ACTION, DIM, LAYERS, BATCH, STEPS = 3, 2, 8, 2, 8, 10
OPTIONS = {"lr": 1e-2, "discount": 0.9, "target_rate": 0.1, "target_entropy": -2.0}


def perceptron(inputs, outputs):
    sizes = [inputs] + [DIM] * LAYERS
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(DIM, outputs))


def rounded(*shape):
    """Standard normal numbers, rounded so that float32 represents them exactly."""
    return (torch.randn(*shape) * 256).round() / 256


def act(actor, observations, noise):
    mean, log_std = actor(observations).chunk(2, -1)
    log_std = log_std.clamp(-20, 2)
    normal = torch.distributions.Normal(mean, log_std.exp())
    u = mean + log_std.exp() * noise
    log_probability = normal.log_prob(u) - 2 * (torch.log(torch.tensor(2.0)) - u - F.softplus(-2 * u))
    return torch.tanh(u), log_probability.sum(-1)


def smaller(critics, observations, actions):
    x = torch.cat([observations, actions], -1)
    return torch.minimum(*[critic(x).squeeze(-1) for critic in critics])


def linears(network):
    return [layer for layer in network if isinstance(layer, nn.Linear)]


def numbers(tensor):
    return [float(f"{x:.10g}") for x in tensor.detach().flatten().tolist()]


def parameters(actor, critics):
    result = {}
    for i, layer in enumerate(linears(actor)):
        result[f"actor.{i}.weight"] = numbers(layer.weight)
        result[f"actor.{i}.bias"] = numbers(layer.bias)
    for i, layers in enumerate(zip(*map(linears, critics))):
        result[f"critics.{i}.weight"] = numbers(torch.cat([layer.weight for layer in layers]))
        result[f"critics.{i}.bias"] = numbers(torch.cat([layer.bias for layer in layers]))
    return result


def main():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    actor = perceptron(OBSERVATION, 2 * ACTION)
    critics = nn.ModuleList([perceptron(OBSERVATION + ACTION, 1) for _ in range(2)])
    with torch.no_grad():
        for parameter in [*actor.parameters(), *critics.parameters()]:
            parameter.copy_((parameter * 4096).round() / 4096)
    targets = copy.deepcopy(critics)
    log_alpha = torch.zeros(1, requires_grad=True)
    lr = OPTIONS["lr"]
    actor_adam = torch.optim.Adam(actor.parameters(), lr)
    critic_adam = torch.optim.Adam(critics.parameters(), lr)
    alpha_adam = torch.optim.Adam([log_alpha], lr)

    fixture = {
        "sizes": [OBSERVATION, ACTION, DIM, LAYERS, BATCH],
        "options": OPTIONS,
        "before": parameters(actor, critics),
        "steps": [],
    }
    for _ in range(STEPS):
        batch = {
            "observations": rounded(BATCH, OBSERVATION),
            "actions": rounded(BATCH, ACTION).clamp(-1, 1),
            "rewards": rounded(BATCH),
            "next_observations": rounded(BATCH, OBSERVATION),
            "terminated": (torch.rand(BATCH) < 0.3).double(),
            "noise": rounded(BATCH, ACTION),
            "next_noise": rounded(BATCH, ACTION),
        }
        alpha = log_alpha.exp().item()
        with torch.no_grad():
            next_action, next_log = act(actor, batch["next_observations"], batch["next_noise"])
            beyond = smaller(targets, batch["next_observations"], next_action) - alpha * next_log
            y = batch["rewards"] + OPTIONS["discount"] * (1 - batch["terminated"]) * beyond
        x = torch.cat([batch["observations"], batch["actions"]], -1)
        critic_loss = 0.5 * sum(F.mse_loss(critic(x).squeeze(-1), y) for critic in critics)
        critic_adam.zero_grad()
        critic_loss.backward()
        critic_adam.step()

        action, log_probability = act(actor, batch["observations"], batch["noise"])
        actor_loss = (
            alpha * log_probability - smaller(critics, batch["observations"], action)
        ).mean()
        actor_adam.zero_grad()
        actor_loss.backward()
        actor_adam.step()

        alpha_adam.zero_grad()
        (-log_alpha * (log_probability.detach() + OPTIONS["target_entropy"]).mean()).sum().backward()
        alpha_adam.step()

        with torch.no_grad():
            for target, critic in zip(targets.parameters(), critics.parameters()):
                target.lerp_(critic, OPTIONS["target_rate"])
        fixture["steps"].append(
            {
                **{name: numbers(values) for name, values in batch.items()},
                "critic_loss": critic_loss.item(),
                "actor_loss": actor_loss.item(),
                "temperature": alpha,
            }
        )
    fixture["after"] = parameters(actor, critics)
    fixture["targets_after"] = {
        name: values
        for name, values in parameters(actor, targets).items()
        if name.startswith("critics")
    }
    text = json.dumps(fixture, separators=(",", ":"))
    (pathlib.Path(__file__).parent / "sac.json").write_text(text + "\n")
    print(f"sac: {len(text)} bytes")


if __name__ == "__main__":
    main()
