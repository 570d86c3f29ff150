"""For all tests."""

import os
import signal

from hypothesis import settings

# The same examples in every run, so that a run says something of the change and not of its luck. Others are tried with
# HYPOTHESIS_PROFILE=random.
settings.register_profile("same", derandomize=True)
settings.register_profile("random", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# A shell that runs something in the background lets it ignore Ctrl-C, and so do all of its children: what is interrupted
# in a test would not be.
signal.signal(signal.SIGINT, signal.default_int_handler)
