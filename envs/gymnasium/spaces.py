"""The spaces of Gymnasium as seqrl has them: vectors of numbers.

The first part of the program that Python runs; worker.py follows it. numpy is used where it is
installed.
"""
import array
import math
import operator

try:
    import numpy as np
except ImportError:
    np = None

MOST_IMAGE_NUMBERS = 64 * 64 * 3


class Unsupported(Exception):
    """A space that seqrl cannot flatten, or a setting that is missing."""


# Spaces are recognised by class name, so that any package with these names works.


def kind_of(space):
    known = ("Box", "Discrete", "MultiBinary", "MultiDiscrete", "Dict", "Tuple")
    names = [c.__name__ for c in type(space).__mro__]
    return next((name for name in names if name in known), names[0])


def flat(value):
    """All numbers of nested sequences or an array, in C order."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [number for item in value for number in flat(item)]
    return [float(value)]


def shape_of(value):
    if hasattr(value, "shape"):
        return tuple(value.shape)
    if isinstance(value, (list, tuple)):
        return (len(value),) + (shape_of(value[0]) if value else ())
    return ()


def sides(space, size):
    """The lowest and the highest of each number of a Box."""
    both = []
    for side in (space.low, space.high):
        numbers = flat(side)
        both.append(numbers * size if len(numbers) == 1 else numbers)
    return both


class Leaf:
    """A part of an observation: a Box as its numbers, a Discrete as one-hot."""

    def __init__(self, path, kind, space):
        self.path, self.kind, self.space = path, kind, space
        if kind == "Box" or kind == "MultiBinary":
            self.shape = tuple(space.shape)
            self.size = math.prod(self.shape)
            self.low, self.high = sides(space, self.size) if kind == "Box" else (
                [0.0] * self.size, [1.0] * self.size)
            if len(self.shape) == 3 and self.size > MOST_IMAGE_NUMBERS:
                raise Unsupported(
                    f"its observations are images of {'x'.join(map(str, self.shape))} numbers, and "
                    f"{MOST_IMAGE_NUMBERS} (64x64x3) are the most that are taken: shrink them, "
                    "env.wrappers=[…]")
        else:
            if kind == "Discrete":
                self.counts, self.starts = [int(space.n)], [int(getattr(space, "start", 0))]
            else:
                self.counts = [int(n) for n in flat(space.nvec)]
                starts = flat(getattr(space, "start", 0))
                if len(starts) == 1:
                    starts *= len(self.counts)
                self.starts = [int(start) for start in starts]
            self.size = sum(self.counts)
            self.low, self.high = [0.0] * self.size, [1.0] * self.size
        # The usual case: its value is already a one-dimensional array.
        self.is_vector = np is not None and kind in ("Box", "MultiBinary") and len(self.shape) == 1

    def name(self):
        name = ".".join(map(str, self.path))
        return f"{name}{'' if self.kind == 'Box' else ' ' + self.kind.lower()}[{self.size}]".strip()

    def numbers(self, observation):
        """The numbers of this part: an array, or a list without numpy."""
        for key in self.path:
            observation = observation[key]
        return self.flattened(observation)

    def flattened(self, observation):
        if self.kind in ("Box", "MultiBinary"):
            if np is not None:
                value = observation if type(observation) is np.ndarray else np.asarray(observation)
                if value.shape != self.shape:
                    self.reject(value.shape)
                return value if value.ndim == 1 else value.reshape(-1)
            if shape_of(observation) != self.shape:
                self.reject(shape_of(observation))
            return flat(observation)
        one_hot = [0.0] * self.size if np is None else np.zeros(self.size)
        begin = 0
        for value, count, start in zip(flat(observation), self.counts, self.starts):
            index = int(value) - start
            if not 0 <= index < count:
                raise ValueError(f"observation {self.name()} is {int(value)}, outside of its space")
            one_hot[begin + index] = 1.0
            begin += count
        return one_hot

    def reject(self, shape):
        raise ValueError(
            f"observation {self.name()} has shape {tuple(shape)}, and its space {self.shape}")


def leaves(space, path=()):
    kind = kind_of(space)
    if kind == "Dict":
        return [leaf for key, part in space.spaces.items() for leaf in leaves(part, path + (key,))]
    if kind == "Tuple":
        return [leaf for i, part in enumerate(space.spaces) for leaf in leaves(part, path + (i,))]
    if kind not in ("Box", "Discrete", "MultiBinary", "MultiDiscrete"):
        raise Unsupported(f"its observations have a space of kind {kind}, and Box, Discrete, "
                          "MultiBinary, MultiDiscrete, Dict and Tuple are taken: "
                          "env.wrappers=[…] can change it")
    return [Leaf(path, kind, space)]


class Observations:
    """Rows of numbers, one an environment. Each observation is taken apart first, and all rows are
    written at once, in one call of numpy's."""

    def __init__(self, space):
        self.leaves = leaves(space)
        self.size = sum(leaf.size for leaf in self.leaves)
        if self.size == 0:
            raise Unsupported("its observations have no numbers")
        self.width = len(self.leaves)  # parts of a row
        self.lengths = [leaf.size for leaf in self.leaves]
        self.blank = [[0.0] * size for size in self.lengths]  # for a row without an observation
        # A single array is a part without conversion.
        self.whole = self.leaves[0].is_vector and self.leaves[0].path == ()
        paths = [leaf.path for leaf in self.leaves]
        if len(paths) > 1 and all(leaf.is_vector and len(leaf.path) == 1 for leaf in self.leaves):
            self.parts = operator.itemgetter(*[path[0] for path in paths])

    def parts(self, observation):
        """The parts of an observation, one a leaf; vectors are not checked yet."""
        if self.whole:
            return [observation]
        return [leaf.numbers(observation) for leaf in self.leaves]

    def map_rows(self, numbers, capacity):
        """The rows are `numbers`, a memoryview of doubles."""
        self.numbers = numbers if np is None else np.frombuffer(numbers, np.float64)
        self.lengths_of_all = self.lengths * capacity

    def write(self, parts, begin=0):
        """Writes the parts of whole rows, from row `begin` on. Raises where one does not fit."""
        count = len(parts) // self.width
        to = slice(begin * self.size, (begin + count) * self.size)
        if list(map(len, parts)) != self.lengths_of_all[:len(parts)]:
            raise ValueError("parts of other sizes than the space's")
        if np is None:
            self.numbers[to] = memoryview(array.array("d", [x for part in parts for x in part]))
        else:
            np.concatenate(parts, out=self.numbers[to])

    def write_slowly(self, parts, row):
        """The same for one row, of anything that numpy converts: of what does not fit, the
        exception says why."""
        if np is not None:
            parts = [np.asarray(leaf.flattened(part) if leaf.is_vector else part, np.float64)
                     for leaf, part in zip(self.leaves, parts)]
        self.write(parts, row)


class Actions:
    """What the numbers of an action mean to the environment."""

    def __init__(self, space):
        self.kind = kind_of(space)
        if self.kind == "Discrete":
            self.choices, self.start = int(space.n), int(getattr(space, "start", 0))
            self.size, self.low, self.high = 1, [0.0], [float(self.choices - 1)]
        elif self.kind == "Box":
            self.choices, self.shape = 0, tuple(space.shape)
            self.size = math.prod(self.shape)
            self.low, self.high = sides(space, self.size)
            self.dtype = getattr(space, "dtype", float)
            self.whole = "int" in str(self.dtype)
        else:
            raise Unsupported(f"its actions have a space of kind {self.kind}, and Box and Discrete "
                              "are taken: env.wrappers=[…] can change it")

    def map_rows(self, numbers, capacity):
        """The rows are `numbers`, a memoryview of doubles."""
        self.numbers = numbers
        if np is not None:
            self.numbers = np.frombuffer(numbers, np.float64)
            if self.kind == "Box":
                self.numbers = self.numbers.reshape((capacity,) + self.shape)

    def of_rows(self, count):
        """The actions of the first `count` rows."""
        if self.kind == "Discrete" and np is not None:
            # numpy's integers, as from Discrete.sample(): contains() is slower for an int.
            return list(self.numbers[:count].astype(np.int64) + self.start)
        if self.kind == "Discrete":
            return [int(number) + self.start for number in self.numbers[:count].tolist()]
        if np is not None:
            rows = self.numbers[:count]
            return list((np.rint(rows) if self.whole else rows).astype(self.dtype))
        rows = []
        for i in range(count):
            row = self.numbers[i * self.size:(i + 1) * self.size].tolist()
            rows.append(nested([round(x) for x in row] if self.whole else row, self.shape))
        return rows


def nested(numbers, shape):
    if len(shape) <= 1:
        return numbers if shape else numbers[0]
    step = len(numbers) // shape[0]
    return [nested(numbers[i * step:(i + 1) * step], shape[1:]) for i in range(shape[0])]
