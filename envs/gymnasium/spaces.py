"""Gymnasium's spaces in the form that seqrl uses: vectors of numbers.

The first part of the program that Python runs; worker.py is appended to it. numpy is used if it is
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
    """A space that seqrl does not support, or a missing setting; the message is for the user."""


# Spaces are recognised by class name, so that any package with these names works.


def kind_of(space):
    """The name of its class or first base class that is supported; else the name of its class."""
    known = ("Box", "Discrete", "MultiBinary", "MultiDiscrete", "Dict", "Tuple")
    names = [c.__name__ for c in type(space).__mro__]
    return next((name for name in names if name in known), names[0])


def flat(value):
    """All numbers of nested sequences or of an array, as a list of floats in C order."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [number for item in value for number in flat(item)]
    return [float(value)]


def shape_of(value):
    """The shape of an array or of nested sequences."""
    if hasattr(value, "shape"):
        return tuple(value.shape)
    if isinstance(value, (list, tuple)):
        return (len(value),) + (shape_of(value[0]) if value else ())
    return ()


def sides(space, size):
    """The lower and upper bounds of a Box, as lists of `size` numbers."""
    both = []
    for side in (space.low, space.high):
        numbers = flat(side)
        both.append(numbers * size if len(numbers) == 1 else numbers)
    return both


class Leaf:
    """A part of an observation: the numbers of a Box or MultiBinary, a Discrete or MultiDiscrete as
    one-hot vectors."""

    def __init__(self, path, kind, space):
        self.path, self.kind, self.space = path, kind, space
        if kind == "Box" or kind == "MultiBinary":
            self.shape = tuple(space.shape)
            self.size = math.prod(self.shape)
            self.low, self.high = sides(space, self.size) if kind == "Box" else (
                [0.0] * self.size, [1.0] * self.size)
            if len(self.shape) == 3 and self.size > MOST_IMAGE_NUMBERS:
                raise Unsupported(
                    f"its observations are images of {'x'.join(map(str, self.shape))} numbers; at "
                    f"most {MOST_IMAGE_NUMBERS} (64x64x3) are supported: shrink them with "
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
        """Its path in the observation, kind and size, as in a run's config: "door discrete[3]"."""
        name = ".".join(map(str, self.path))
        return f"{name}{'' if self.kind == 'Box' else ' ' + self.kind.lower()}[{self.size}]".strip()

    def numbers(self, observation):
        """The numbers of this part of an observation: an array, or a list without numpy."""
        for key in self.path:
            observation = observation[key]
        return self.flattened(observation)

    def flattened(self, observation):
        """The numbers of this part, given by itself. ValueError if it does not fit its space."""
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
                raise ValueError(f"observation {self.name()} is {int(value)}, outside its space")
            one_hot[begin + index] = 1.0
            begin += count
        return one_hot

    def reject(self, shape):
        raise ValueError(
            f"observation {self.name()} has shape {tuple(shape)}, but its space has {self.shape}")


def leaves(space, path=()):
    """The leaves of a space in the order of Gymnasium's flatten."""
    kind = kind_of(space)
    if kind == "Dict":
        return [leaf for key, part in space.spaces.items() for leaf in leaves(part, path + (key,))]
    if kind == "Tuple":
        return [leaf for i, part in enumerate(space.spaces) for leaf in leaves(part, path + (i,))]
    if kind not in ("Box", "Discrete", "MultiBinary", "MultiDiscrete"):
        raise Unsupported(f"its observations have a space of kind {kind}; supported are Box, "
                          "Discrete, MultiBinary, MultiDiscrete, Dict and Tuple: "
                          "convert it with env.wrappers=[…]")
    return [Leaf(path, kind, space)]


class Observations:
    """The observations of a batch in shared memory, a row of numbers for each environment.

    Each observation is first split into its parts; then all rows are written with one numpy call.
    """

    def __init__(self, space):
        self.leaves = leaves(space)
        self.size = sum(leaf.size for leaf in self.leaves)
        if self.size == 0:
            raise Unsupported("its observations contain no numbers")
        self.width = len(self.leaves)  # parts of a row
        self.lengths = [leaf.size for leaf in self.leaves]
        self.blank = [[0.0] * size for size in self.lengths]  # of a row without an observation
        # An observation that is a single vector is used as its only part.
        self.whole = self.leaves[0].is_vector and self.leaves[0].path == ()
        paths = [leaf.path for leaf in self.leaves]
        if len(paths) > 1 and all(leaf.is_vector and len(leaf.path) == 1 for leaf in self.leaves):
            self.parts = operator.itemgetter(*[path[0] for path in paths])

    def parts(self, observation):
        """The parts of an observation, one per leaf; vectors are not checked yet."""
        if self.whole:
            return [observation]
        return [leaf.numbers(observation) for leaf in self.leaves]

    def map_rows(self, numbers, capacity):
        """Uses `numbers`, a memoryview of doubles, as the memory of the rows."""
        self.numbers = numbers if np is None else np.frombuffer(numbers, np.float64)
        self.lengths_of_all = self.lengths * capacity

    def write(self, parts, begin=0):
        """Writes the parts of consecutive rows, from row `begin` on.

        Raises an exception if any part does not fit; use write_slowly to find out which.
        """
        count = len(parts) // self.width
        to = slice(begin * self.size, (begin + count) * self.size)
        if list(map(len, parts)) != self.lengths_of_all[:len(parts)]:
            raise ValueError("the observation does not have the sizes of its space")
        if np is None:
            self.numbers[to] = memoryview(array.array("d", [x for part in parts for x in part]))
        else:
            np.concatenate(parts, out=self.numbers[to])

    def write_slowly(self, parts, row):
        """Writes the parts of one row, converting them where necessary.

        The exception for a part that does not fit says why.
        """
        if np is not None:
            parts = [np.asarray(leaf.flattened(part) if leaf.is_vector else part, np.float64)
                     for leaf, part in zip(self.leaves, parts)]
        self.write(parts, row)


class Actions:
    """Converts the numbers of actions in shared memory to actions of the environment's space."""

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
            raise Unsupported(f"its actions have a space of kind {self.kind}; supported are Box "
                              "and Discrete: convert it with env.wrappers=[…]")

    def map_rows(self, numbers, capacity):
        """Uses `numbers`, a memoryview of doubles, as the memory of the rows."""
        self.numbers = numbers
        if np is not None:
            self.numbers = np.frombuffer(numbers, np.float64)
            if self.kind == "Box":
                self.numbers = self.numbers.reshape((capacity,) + self.shape)

    def of_rows(self, count):
        """The actions in the first `count` rows, in the type of the environment's space."""
        if self.kind == "Discrete" and np is not None:
            # numpy integers, as from Discrete.sample(): contains() is slower for an int.
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
    """A list of numbers as nested lists of a shape."""
    if len(shape) <= 1:
        return numbers if shape else numbers[0]
    step = len(numbers) // shape[0]
    return [nested(numbers[i * step:(i + 1) * step], shape[1:]) for i in range(shape[0])]
