"""Units of power and energy, from what a source says of itself: its unit, or the name of a key. Never from a size."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..domain.series import Slot

_QUARTER = timedelta(minutes=15)
_HOUR = timedelta(hours=1)
# A quarter that is known for so much of it counts as known.
_MOSTLY = 0.8
# "powerkW" is two words as "powerKw" is, and "kWh" one.
_UNIT_AT_END = re.compile(r"(?<=[a-z0-9])(?:[kKM]Wh?|(?<![kKM])Wh?)(?=$|[^A-Za-z])")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])(?!Wh?(?:$|[^A-Za-z]))")


@dataclass(frozen=True)
class Unit:
    """``to_kilo``: the factor to kW or kWh. ``energy``: the values are energies of their periods."""

    name: str
    to_kilo: float
    energy: bool

    def mean_kw(self, value: float, length: timedelta) -> float:
        """The mean power in kW of a value that holds for ``length``."""
        return value * self.to_kilo / (length / _HOUR) if self.energy else value * self.to_kilo


KW = Unit("kW", 1.0, False)
KWH = Unit("kWh", 1.0, True)
WH = Unit("Wh", 0.001, True)
UNITS = {
    unit.name: unit for unit in (Unit("W", 0.001, False), KW, Unit("MW", 1e3, False), WH, KWH, Unit("MWh", 1e3, True))
}
UNDERSTOOD = ", ".join(UNITS)
_WORDS = {
    **{"w": "W", "watt": "W", "watts": "W", "kw": "kW", "kilowatt": "kW", "kilowatts": "kW", "mw": "MW"},
    **{"wh": "Wh", "watthour": "Wh", "watthours": "Wh", "kwh": "kWh", "kilowatthour": "kWh", "kilowatthours": "kWh"},
    "mwh": "MWh",
}
# Names that stand for a unit by an integration's own convention: Solcast's estimates are mean kW, Victron's forecasts Wh,
# Balcony Solar's totals W.
_CONVENTIONS = {
    **{"pv_estimate": "kW", "pv_estimate10": "kW", "pv_estimate90": "kW"},
    **{"solar_yield_forecast": "Wh", "vrm_consumption_fc": "Wh", "total_15min": "W", "total_hourly": "W"},
}


def unit_of_text(text: object) -> Unit | None:
    """The unit that a unit_of_measurement or a setting names; None where it is none of power or energy."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    # mW is a thousandth of a watt and MW a million: letters count here.
    exact = UNITS.get(text)
    if exact is not None or text == "mW":
        return exact
    return UNITS.get(_WORDS.get(re.sub(r"[\s·*_-]", "", text.lower()), ""))


def unit_of_key(key: str) -> Unit | None:
    """The unit that the name of a key says: power_w, energy_wh, wh_period_15m, watts, watt_hours, pv_estimate."""
    words = words_of(key)
    if is_convention(key):
        return UNITS[_CONVENTIONS["_".join(words)]]
    for first, second in zip(words, [*words[1:], ""], strict=False):
        joined = first + second
        if second in ("hour", "hours", "h") and joined.removesuffix("s") in ("watthour", "kilowatthour", "kwh", "wh"):
            return UNITS[_WORDS[joined.removesuffix("s")]]
    named = [_WORDS[word] for word in words if word in _WORDS]
    # "watts" of "wh_watts" would be odd; an energy's name is the longer and surer one.
    return UNITS[sorted(named, key=lambda name: not UNITS[name].energy)[0]] if named else None


def is_convention(key: str) -> bool:
    """Whether a name has its unit by an integration's own convention: pv_estimate."""
    return "_".join(words_of(key)) in _CONVENTIONS


def speaks_of(key: str) -> bool | None:
    """Whether a name without a unit means an energy (True) or a power (False); None where it says neither."""
    words = words_of(key)
    return True if "energy" in words else False if "power" in words else None


def words_of(key: str) -> list[str]:
    """The words of a name: "powerKw" and "power_kw" are two; "kWh" is one."""
    spaced = _CAPITAL.sub(" ", _UNIT_AT_END.sub(r" \g<0>", key))
    return [word.lower() for word in re.split(r"[^0-9A-Za-z]+", spaced) if word]


def by_quarters(slots: Iterable[Slot]) -> list[Slot]:
    """Means by quarter of an hour (UTC). Of a quarter that is known for less than four fifths only what is known.

    ``slots``: in order of time, without overlaps.
    """
    pieces: dict[datetime, list[Slot]] = {}
    for slot in slots:
        at = slot.begin
        while at < slot.end:
            quarter = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
            until = min(quarter + _QUARTER, slot.end)
            pieces.setdefault(quarter, []).append(Slot(at, until, slot.value))
            at = until
    means = []
    for quarter, known in pieces.items():
        if sum((one.end - one.begin for one in known), timedelta()) >= _MOSTLY * _QUARTER:
            means.append(Slot(quarter, quarter + _QUARTER, _mean(known)))
        else:
            means += [Slot(run[0].begin, run[-1].end, _mean(run)) for run in _runs(known)]
    return means


def _runs(slots: Iterable[Slot]) -> list[list[Slot]]:
    """Slots that are next to each other, in groups."""
    runs: list[list[Slot]] = []
    for slot in slots:
        if runs and runs[-1][-1].end == slot.begin:
            runs[-1].append(slot)
        else:
            runs.append([slot])
    return runs


def _mean(slots: Iterable[Slot]) -> float:
    known = list(slots)
    hours = [(one.end - one.begin) / _HOUR for one in known]
    return sum(one.value * length for one, length in zip(known, hours, strict=True)) / sum(hours)
