"""Cars in the house without planning: at full power from arrival on, until they have what they really took in that stay."""

import numpy as np

from ..config.devices import Ev
from .measured import HOURS, Measured, Values
from .pour import pour


def on_arrival(measured: Measured, name: str, config: Ev) -> Values:
    """Mean charging power in kW by quarter hour, shape (N,).

    A car that is to charge from surplus only would do so without planning, too: it stays as it was measured. So does what
    was charged while nobody saw the car plugged in. Quarter hours of which nothing is known count as without charging.
    """
    real = np.nan_to_num(measured.car_kw[name])
    if config.surplus_only:
        return real
    found, left = real.copy(), real.copy()
    for stay in measured.stays.get(name, ()):
        begin, end = max(measured.place(stay.begin), 0.0), min(measured.place(stay.end), float(measured.count))
        part = slice(int(begin), int(np.ceil(end - 1e-9)))
        kwh = float(left[part].sum()) * HOURS
        if kwh > 0:
            # A charger that gives more than apps.yaml says is as fast in both houses.
            fastest = max(config.max_kw, float(real[part].max()))
            found[part] -= left[part]
            left[part] = 0.0  # where two stays meet in a quarter hour, its energy is the first one's
            pour(found, begin, kwh, fastest)
    return found


def open_since(measured: Measured, name: str) -> int | None:
    """The fence-post at which a stay began that has not ended; None without one."""
    open_stays = [stay for stay in measured.stays.get(name, ()) if not stay.ended]
    return measured.post(open_stays[-1].begin) if open_stays else None
