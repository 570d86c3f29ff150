"""For all tests."""

import os
import signal

from hypothesis import HealthCheck, settings

# The same examples in every run, so that a run says something of the change and not of its luck. Others are tried with
# HYPOTHESIS_PROFILE=random. How long one takes says more of the machine than of the code: benchmarks/ measures that.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", _UNTIMED, derandomize=True)
settings.register_profile("random", _UNTIMED, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# A shell that runs something in the background lets it ignore Ctrl-C, and so do all of its children: what is interrupted
# in a test would not be.
signal.signal(signal.SIGINT, signal.default_int_handler)
