#!/usr/bin/env python3
"""Writes safetensors_fixture.safetensors with the reference implementation, for safetensors_test.cpp.

With a file as argument, prints what the reference implementation reads from it instead.
Needs numpy and safetensors.
"""
import pathlib
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

if len(sys.argv) > 1:
    with safe_open(sys.argv[1], framework="numpy") as file:
        print("metadata", file.metadata())
        for name in sorted(file.keys()):
            tensor = file.get_tensor(name)
            print(name, tensor.dtype, tensor.shape, tensor.ravel().tolist())
else:
    save_file(
        {
            "weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
            "moment": np.array([1 / 3, -2.5, 1e300]),
            "step": np.array(-(2**40), dtype=np.int64),
            "mask": np.array([[1], [0], [255]], dtype=np.uint8),
            "nothing": np.zeros((0, 7), dtype=np.float32),
            "flags": np.array([True, False]),
        },
        pathlib.Path(__file__).with_suffix(".safetensors"),
        metadata={"format": "seqrl", "ключ": "line\nbreak"},
    )
