"""Words for people on standard error, results on standard output."""

import contextlib
import sys


def put(text: str) -> None:
    """A result on standard output; quiet where nobody reads on."""
    encoding = sys.stdout.encoding or "utf-8"
    with contextlib.suppress(BrokenPipeError):
        print(text.encode(encoding, "backslashreplace").decode(encoding), end="", flush=True)


def say(words: str) -> None:
    """A sentence on standard error."""
    print(words.encode("ascii", "backslashreplace").decode(), file=sys.stderr, flush=True)
