"""Takes numpy's place, for tests of what a worker does without it."""
raise ImportError("no numpy here")
