"""Hides numpy in tests of a worker without numpy."""
raise ImportError("no numpy here")
