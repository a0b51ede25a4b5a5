#!/usr/bin/env python3
"""Checks the JSON schemas of configs with a validator: schema_test.py SEQRL. Needs jsonschema and ruamel.yaml.

Every YAML file below configs/ is valid by `seqrl help config --schema` or `sweep --schema`; mistakes are rejected.
"""
import json
import subprocess
import sys
from pathlib import Path

from jsonschema import Draft7Validator
from ruamel.yaml import YAML

CONFIGS = Path(__file__).parent.parent.parent / "configs"
MISTAKES = [
    "{env: hopper, training: {stpes: 5}}",
    "{env: hopper, training: {lr: 0}}",
    "{env: hopper, training: {steps: many}}",
    "{env: hoper}",
    "{env: hopper, backbone: {kind: min_gru, d_state: 16}}",
    "{env: hopper, backbone: {kind: mamba, expansion: 2}}",
    "{env: {kind: hopper, gravity: 3}}",
]
VALID = ["{env: Hopper-v5, backbone: mamba}", "{env: hopper, backbone: {dim: 64}, evaluation: {targets: 3600}}"]


def main():
    def schema(topic):
        text = subprocess.run([sys.argv[1], "help", topic, "--schema"], check=True, capture_output=True).stdout
        Draft7Validator.check_schema(json.loads(text))
        return Draft7Validator(json.loads(text))

    config, sweep = schema("config"), schema("sweep")
    yaml = YAML(typ="safe", pure=True)
    failures = []
    files = sorted(CONFIGS.glob("**/*.yaml"))
    for file in files:
        validator = sweep if file.parent.name in ("sweeps", "paper") else config
        failures += [f"{file}: {error.json_path}: {error.message}" for error in validator.iter_errors(yaml.load(file))]
    failures += [f"accepted: {text}" for text in MISTAKES if config.is_valid(yaml.load(text))]
    failures += [f"rejected: {text}" for text in VALID if not config.is_valid(yaml.load(text))]
    print("\n".join(failures) or f"{len(files)} configs are valid, {len(MISTAKES)} mistakes are rejected")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
