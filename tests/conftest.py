"""For all tests."""

import signal

# A shell that runs something in the background lets it ignore Ctrl-C, and so do all of its children: what is interrupted
# in a test would not be.
signal.signal(signal.SIGINT, signal.default_int_handler)
