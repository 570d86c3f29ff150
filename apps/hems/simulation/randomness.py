"""Chance that can be repeated: a draw depends on the seed and on what it is for, never on the call order."""

from random import Random


def dice(seed: int, *purpose: object) -> Random:
    """A random generator of its own for one purpose, such as ("clouds", date(2026, 3, 1)).

    Seeding with text is stable across processes and Python versions (it is hashed with SHA-512).
    """
    return Random(":".join(str(part) for part in (seed, *purpose)))
