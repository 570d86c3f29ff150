"""Energy laid down from an instant on at one power: how a car charges on arrival, and a pump from the day's begin."""

from .measured import HOURS, Values


def pour(onto_kw: Values, begin: float, kwh: float, kw: float) -> float:
    """Adds ``kwh`` to the quarter hours ``onto_kw`` (mean kW, changed in place) from place ``begin`` on, at ``kw``.

    What does not fit before the end of the series is left out; the answer is where it ends.
    """
    place, left = max(begin, 0.0), kwh
    while left > 1e-12 and kw > 0 and place < len(onto_kw):
        k = int(place)
        share = min(k + 1 - place, left / (kw * HOURS))
        onto_kw[k] += kw * share
        left -= kw * share * HOURS
        place = k + 1.0 if place + share > k + 1 - 1e-9 else place + share
    return place
