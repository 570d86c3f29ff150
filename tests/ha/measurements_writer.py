"""A process of its own that writes to a store until it is killed, and says what is written: `measurements_writer.py FOLDER`.

It needs the package on PYTHONPATH.
"""

import sys
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

from hems.ha.measurements import Measurements
from hems.ha.measurements_rows import Sample, Series

BEGIN = datetime(2026, 6, 1, tzinfo=timezone.utc)
NAMES = [Series(f"load.{k}", f"sensor.{k}") for k in range(12)]


def main() -> None:
    store = Measurements(Path(sys.argv[1]), BEGIN)
    for k in count():
        at = BEGIN + timedelta(minutes=k)
        store.add(Sample(at, dict.fromkeys(NAMES, k // 15 / 100), {}, {}))
        if k % 5 == 0:
            print(k, *store.problems, flush=True)


if __name__ == "__main__":
    main()
