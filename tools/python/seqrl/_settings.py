"""Settings: converts a mapping of Python values to key=value, as on the command line."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Union

Settings = Union[Mapping[str, Any], Sequence[str]]


def plain(value: Any) -> Any:
    """Converts values that JSON does not support: paths, and numpy scalars and arrays."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a config holds texts, numbers, lists and mappings, not {type(value).__name__}")


def config_text(config: Mapping[str, Any]) -> str:
    """
    >>> print(config_text({"env": "hopper", "training": {"lr": 1e-3}}))
    {"env": "hopper", "training": {"lr": 0.001}}
    """
    return json.dumps(config, default=plain, ensure_ascii=False)


def settings_list(settings: Settings) -> list[str]:
    """
    >>> settings_list({"training.steps": 5, "evaluation.targets": [3600], "backbone": "mamba"})
    ['training.steps=5', 'evaluation.targets=[3600]', 'backbone=mamba']
    >>> settings_list(["training.steps=5"])
    ['training.steps=5']
    """
    if not isinstance(settings, Mapping):
        return list(settings)
    texts = []
    for key, value in settings.items():
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        texts.append(f"{key}={value if isinstance(value, str) else config_text(value)}")
    return texts
