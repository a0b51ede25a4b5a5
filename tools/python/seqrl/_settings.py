"""Settings: converts mappings of Python values to the form of the command line, key=value."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Union

from seqrl._seqrl import UserError

Settings = Union[Mapping[str, Any], Sequence[str]]


def plain(value: Any) -> Any:
    """Converts values that JSON does not support: paths, numpy scalars and arrays. TypeError for others."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a config may contain strings, numbers, lists and mappings, not {type(value).__name__}")


def config_text(config: Mapping[str, Any]) -> str:
    """Converts a config to JSON text.

    >>> print(config_text({"env": "hopper", "training": {"lr": 1e-3}}))
    {"env": "hopper", "training": {"lr": 0.001}}
    """
    return json.dumps(config, default=plain, ensure_ascii=False)


def settings_list(settings: Settings) -> list[str]:
    """Converts settings to a list of key=value; a sequence is returned as a list.

    >>> settings_list({"training.steps": 5, "evaluation.targets": [3600], "backbone": "mamba"})
    ['training.steps=5', 'evaluation.targets=[3600]', 'backbone=mamba']
    >>> settings_list(["training.steps=5"])
    ['training.steps=5']
    """
    if isinstance(settings, str):
        raise UserError(f"settings are a mapping or a list of key=value, not one text: [{settings!r}]")
    if not isinstance(settings, Mapping):
        return list(settings)
    texts = []
    for key, value in settings.items():
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        texts.append(f"{key}={value if isinstance(value, str) else config_text(value)}")
    return texts
