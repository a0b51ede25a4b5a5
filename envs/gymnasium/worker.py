"""The worker process of `env: {kind: gymnasium}`: holds environments and steps them.

The program is spaces.py followed by this file. It communicates through a socket (one reply per
request) and shared memory; README.md in this folder describes both. It needs only the standard
library, and uses numpy if it is installed.
"""
import array
import fcntl
import importlib
import importlib.metadata
import json
import math
import mmap
import os
import platform
import re
import struct
import sys
import time
import traceback

CONTROL, MEMORY, LIFE = 3, 4, 5
OPEN, ROWS, RESET, STEP, FRAME, CLOSE, LOOP = range(1, 8)
OK, RAISED = 1, 2
TERMINATED, TRUNCATED, INVALID, SUCCESS_KNOWN, SUCCESS = 1, 2, 4, 8, 16
WOKEN = 0  # instead of an operation or a status: read the shared memory
HEADER_WORDS = 8
# Words of the header.
ROW_COUNT, DONE, REQUESTS, REPLIES, OPERATION, REPLY_FOLLOWS, PARENT_SLEEPS, SLEEPS = range(8)
ALERT = 0.0005  # seconds of polling for a request before sleeping
OWN_FILE = "seqrl_worker.py"


def said(error):
    """An exception as one line: its type, the first line of its text, and where it was raised."""
    text = traceback.format_exception_only(type(error), error)[-1].strip().splitlines()
    text = text[0] if text else type(error).__name__
    if isinstance(error, Unsupported):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in frames if frame.filename != OWN_FILE]
    if not frames:
        return text
    return f"{text} ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})"


# Environments


def named(text, where):
    """The object with the name "module:Name"; without a module, "Name" in the module `where`."""
    module, colon, name = text.rpartition(":")
    found = importlib.import_module(module if colon else where)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def class_of(text):
    """The class of an id of the form "module:Class"; None for the ids of gymnasium.make."""
    module, colon, name = text.partition(":")
    if not colon:
        return None
    found = getattr(importlib.import_module(module), name, None)
    return found if callable(found) else None


def import_registering(id):
    """Imports the installed packages that require Gymnasium: they may register environments.

    Yields after each, and starts with packages whose name is a prefix of the id.
    """
    def is_other(distribution):
        name = (distribution.metadata["Name"] or "").lower()
        return not name or not id.lower().startswith(name)

    for distribution in sorted(importlib.metadata.distributions(), key=is_other):
        needs = [re.match(r"[A-Za-z0-9_.-]+", text).group() for text in distribution.requires or []]
        if "gymnasium" not in needs:
            continue
        names = (distribution.read_text("top_level.txt") or "").split()
        for name in names or [distribution.metadata["Name"].replace("-", "_")]:
            try:
                importlib.import_module(name)
            except Exception:  # not the needed package, or make() reports the unknown id
                continue
            yield name


def made_by_gymnasium(text, options):
    """An environment from gymnasium.make; for an unknown id, packages that may register it are
    imported first."""
    gymnasium = importlib.import_module("gymnasium")
    unknown = getattr(getattr(gymnasium, "error", None), "UnregisteredEnv", ())
    try:
        return gymnasium.make(text, **options)
    except unknown as error:
        for _ in import_registering(text):
            try:
                return gymnasium.make(text, **options)
            except unknown:
                pass
        raise error


def own_limit(env):
    """The time limit of an environment in steps: that of its spec, or its `max_steps`, as in
    MiniGrid. None if it has neither."""
    limit = getattr(getattr(env, "spec", None), "max_episode_steps", None)
    return limit or getattr(getattr(env, "unwrapped", env), "max_steps", None)


def bare_step(env, limit):
    """The step method of an environment without the wrappers that have no effect here.

    These are OrderEnforcing and a TimeLimit of at least `limit` steps: the worker counts the steps
    of an episode itself, and resets before it steps.
    """
    wrappers = getattr(sys.modules.get("gymnasium"), "wrappers", None)
    order, counter = (getattr(wrappers, name, None) for name in ("OrderEnforcing", "TimeLimit"))
    while (type(env) is order
           or type(env) is counter and getattr(env, "_max_episode_steps", 0) >= limit):
        env = env.env
    return env.step


class Slot:
    """An environment, its step method and the number of steps in its episode."""

    __slots__ = ("env", "step", "steps")

    def __init__(self, env=None, limit=0):
        self.env, self.steps = env, 0
        self.step = bare_step(env, limit) if env is not None else None


class Worker:
    def __init__(self, settings):
        self.settings = settings
        self.frames, self.strict = bool(settings.get("frames")), bool(settings.get("strict"))
        for module in settings["modules"]:
            importlib.import_module(module)
        first = self.make()
        limit = settings["max_episode_steps"] or own_limit(first)
        if not limit:
            raise Unsupported("it has no time limit; set one with env.max_episode_steps=1000")
        self.limit = int(limit)
        self.observations = Observations(first.observation_space)
        self.actions = Actions(first.action_space)
        self.slots = [Slot(first, self.limit)]

    def make(self):
        settings = self.settings
        options = dict(settings["options"])
        if self.frames:
            options.setdefault("render_mode", "rgb_array")
        found = class_of(settings["id"])
        if found is not None:
            env = found(**options)
        else:
            if settings["max_episode_steps"]:
                options["max_episode_steps"] = settings["max_episode_steps"]
            if not self.strict:
                # The worker and seqrl check shapes and numbers; Gymnasium's checker also warns.
                options.setdefault("disable_env_checker", True)
            env = made_by_gymnasium(settings["id"], options)
        for wrapper in settings["wrappers"]:
            if isinstance(wrapper, str):
                wrapper = {"name": wrapper}
            env = named(wrapper["name"], "gymnasium.wrappers")(env, **wrapper.get("args", {}))
        return env

    def versions(self):
        names = ["gymnasium"]
        base = getattr(self.slots[0].env, "unwrapped", self.slots[0].env)
        for name in [type(base).__module__, *self.settings["modules"], "mujoco", "numpy"]:
            names.append(name.split(".")[0])
        found = []
        for name in dict.fromkeys(names):
            version = getattr(sys.modules.get(name), "__version__", None)
            if isinstance(version, str):
                found.append(f"{name} {version}")
        return ", ".join([*found, f"Python {platform.python_version()}"])

    def description(self):
        def sides_of(numbers):
            return [x if math.isfinite(x) else str(x) for x in numbers]

        metadata = getattr(self.slots[0].env, "metadata", None) or {}
        rate = metadata.get("render_fps")
        parts = self.observations.leaves
        return {
            "layout": ", ".join(leaf.name() for leaf in parts),
            "observation_low": sides_of([x for leaf in parts for x in leaf.low]),
            "observation_high": sides_of([x for leaf in parts for x in leaf.high]),
            "action_low": sides_of(self.actions.low),
            "action_high": sides_of(self.actions.high),
            "choices": self.actions.choices,
            "max_episode_steps": self.limit,
            "render_fps": float(rate) if rate else 0.0,
            "versions": self.versions(),
        }

    def map_rows(self, capacity):
        """Maps the shared memory for `capacity` rows, and adds slots for as many environments."""
        while len(self.slots) < capacity:
            self.slots.append(Slot())
        words = HEADER_WORDS + capacity * (4 + self.actions.size + self.observations.size)
        memory = mmap.mmap(MEMORY, words * 8)
        self.words = memoryview(memory).cast("Q")
        numbers = memoryview(memory).cast("d")
        begin = HEADER_WORDS

        def part(view, size):
            nonlocal begin
            begin += size
            return view[begin - size:begin]

        self.rows = part(self.words, capacity)
        self.seeds = part(self.words, capacity)
        self.shared_flags = part(self.words, capacity)
        self.shared_rewards = part(numbers, capacity)
        self.actions.map_rows(part(numbers, capacity * self.actions.size), capacity)
        self.observations.map_rows(part(numbers, capacity * self.observations.size), capacity)

    def require_contained(self, observation):
        space = self.slots[0].env.observation_space
        if not space.contains(observation):
            raise ValueError(f"its observation_space does not contain {observation!r}")

    def reset(self):
        words, slots = self.words, self.slots
        count = words[ROW_COUNT]
        parts = []
        row = 0
        for i, seed in zip(self.rows[:count].tolist(), self.seeds[:count].tolist()):
            if slots[i].env is None:
                slots[i] = Slot(self.make(), self.limit)
            slot = slots[i]
            try:
                observation, _ = slot.env.reset(seed=seed)
                if self.strict:
                    self.require_contained(observation)
                parts += self.observations.parts(observation)
            except BaseException:
                slots[i] = Slot()  # the next reset creates another
                raise
            slot.steps = 0
            row += 1
            words[DONE] = row
        self.write(parts)

    def write(self, parts, refuse=None):
        """Writes the rows of this call, at once if all of them fit.

        Otherwise row by row; `refuse` is called with each row that does not fit and the exception.
        Without it, the exception is raised.
        """
        observations = self.observations
        try:
            observations.write(parts)
        except Exception:
            width = observations.width
            for row in range(len(parts) // width):
                try:
                    observations.write_slowly(parts[row * width:(row + 1) * width], row)
                except Exception as error:
                    if refuse is None:
                        raise
                    refuse(row, error)

    def step(self):
        """Steps the rows of this call. Returns the message of the first exception, or ""."""
        # A few microseconds per row: names are local, and whole arrays are written at once.
        words, slots, limit, strict = self.words, self.slots, self.limit, self.strict
        whole, parts_of = self.observations.whole, self.observations.parts
        count = words[ROW_COUNT]
        self.failed = ""
        self.flags, self.rewards = flags, rewards = [0] * count, [0.0] * count
        numbers, parts = self.rows[:count].tolist(), []
        row = 0
        for i, action in zip(numbers, self.actions.of_rows(count)):
            slot = slots[i]
            try:
                observation, reward, terminated, truncated, info = slot.step(action)
                rewards[row] = float(reward)
                if strict:
                    self.require_contained(observation)
                if whole:
                    parts.append(observation)
                else:
                    parts += parts_of(observation)
                slot.steps = steps = slot.steps + 1
                if terminated:
                    flags[row] = TERMINATED
                elif truncated or steps >= limit:
                    flags[row] = TRUNCATED
                if info and isinstance(info, dict):
                    success = info.get("success", info.get("is_success"))
                    if success is not None:
                        flags[row] |= SUCCESS_KNOWN | (SUCCESS if success else 0)
            except BaseException as error:
                del parts[row * self.observations.width:]
                parts += self.observations.blank
                self.invalidate(row, error)
            row += 1
            words[DONE] = row
        self.write(parts, self.invalidate)
        self.shared_flags[:count] = memoryview(array.array("Q", flags))
        self.shared_rewards[:count] = memoryview(array.array("d", rewards))
        return self.failed

    def invalidate(self, row, error):
        """Marks the episode of a row as invalid, and discards its environment."""
        self.failed = self.failed or said(error)
        self.slots[self.rows[row]] = Slot()  # the next reset creates another
        self.flags[row], self.rewards[row] = INVALID, 0.0

    def loop(self, steps, count):
        """The seconds that so many steps take in a bare loop without seqrl: random actions in
        `count` environments in turn."""
        envs, space = [self.make() for _ in range(count)], self.slots[0].env.action_space
        actions = [space.sample() for _ in range(1024)]
        for seed, env in enumerate(envs):
            env.reset(seed=seed)
            env.step(actions[0])
        done = [True] * count
        seed = 0
        begin = time.perf_counter()
        for i in range(0, steps, count):
            for k, env in enumerate(envs):
                if done[k]:
                    env.reset(seed=seed)
                    seed += 1
                _, _, terminated, truncated, _ = env.step(actions[(i + k) % 1024])
                done[k] = terminated or truncated
        seconds = time.perf_counter() - begin
        for env in envs:
            env.close()
        return seconds

    def frame(self):
        """A frame of the first environment: height and width (uint32), then the RGB bytes,
        (height, width, 3)."""
        picture = self.slots[0].env.render()
        if isinstance(picture, list) and picture and hasattr(picture[-1], "shape"):
            picture = picture[-1]  # from a wrapper that collects frames
        if picture is None:
            raise Unsupported("it renders no frame; does it support render_mode rgb_array?")
        if hasattr(picture, "astype"):
            height, width = picture.shape[:2]
            data = picture[:, :, :3].astype("uint8").tobytes()
        else:
            height, width = len(picture), len(picture[0])
            data = bytes(int(x) for row in picture for pixel in row for x in pixel)
        return struct.pack("<II", height, width) + data

    def close(self):
        for slot in self.slots:
            if hasattr(slot.env, "close"):
                slot.env.close()


# Requests and replies


def read_exactly(size):
    data = b""
    while len(data) < size:
        part = os.read(CONTROL, size - len(data))
        if not part:
            os._exit(0)  # the parent is gone
        data += part
    return data


def send(status, data=b""):
    data = memoryview(struct.pack("<II", status, len(data)) + data)
    while data:
        data = data[os.write(CONTROL, data):]


def next_request(words, served):
    """Waits for the request that follows the first `served`, and returns its operation and text.

    It polls the shared memory for ALERT seconds before it blocks on the socket, because waking up
    takes long.
    """
    operation = WOKEN
    while operation == WOKEN:
        if words is not None:
            end = time.perf_counter() + ALERT
            while words[REQUESTS] <= served and time.perf_counter() < end:
                os.sched_yield()
            if words[REQUESTS] > served:
                if words[OPERATION]:
                    return words[OPERATION], b""
            else:
                words[SLEEPS] = 1
                os.sched_yield()  # lets the parent see it before the next check
                if words[REQUESTS] > served:
                    words[SLEEPS] = 0
                    continue
        operation, length = struct.unpack("<II", read_exactly(8))
        if words is not None:
            words[SLEEPS] = 0
    return operation, read_exactly(length)


def reply(words, served, status, data):
    """Replies to request number `served`; through the shared memory alone if there is no text."""
    follows = status != OK or len(data) > 0 or words is None or not words[OPERATION]
    if words is not None:
        words[REPLY_FOLLOWS] = follows
        words[REPLIES] = served
    if follows:
        send(status, data)
        return
    os.sched_yield()  # lets the parent see it before the next check
    if words[PARENT_SLEEPS]:
        send(WOKEN)


def serve():
    worker = None
    served = 0
    operation = OPEN
    while operation != CLOSE:
        words = getattr(worker, "words", None)
        operation, payload = next_request(words, served)
        status, data = OK, b""
        try:
            if operation == STEP:
                data = worker.step().encode()
            elif operation == RESET:
                worker.reset()
            elif operation == ROWS:
                worker.map_rows(int(payload))
            elif operation == OPEN:
                worker = Worker(json.loads(payload))
                data = json.dumps(worker.description()).encode()
            elif operation == FRAME:
                data = worker.frame()
            elif operation == LOOP:
                data = repr(worker.loop(*map(int, payload.split()))).encode()
            elif worker is not None:
                worker.close()
        except BaseException as error:
            status, data = RAISED, said(error).encode(errors="replace")
        served += 1
        reply(words, served, status, data)


def end_with_parent():
    """Makes the kernel end this process when the parent's end of the pipe closes."""
    fcntl.fcntl(LIFE, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(LIFE, fcntl.F_SETFL, fcntl.fcntl(LIFE, fcntl.F_GETFL) | os.O_ASYNC)


for file in (CONTROL, MEMORY, LIFE):
    os.set_inheritable(file, False)  # processes started by an environment do not inherit them
end_with_parent()
for stream in (sys.stdout, sys.stderr):
    stream.reconfigure(line_buffering=True, errors="replace")
serve()
sys.stdout.flush()
os._exit(0)  # even if environments have left threads running
