"""What was measured, beside what is simulated: the meter's own bill, and what the devices took."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np

from ..config.site import Site
from .backtest_series import Measured
from .prices import tariff_of
from .report_words import number_words
from .results import ControllerName, Results
from .series import Series

# Whose devices are looked at: the family is the same for all.
_SHOWN: tuple[ControllerName, ...] = ("self_consumption", "uncontrolled", "rules", "hems")


def device_words(measured: Measured | None, results: Results) -> list[str]:
    """One sentence on the energy of every car and load in the period, as measured and as simulated. Empty without any."""
    name = next((one for one in _SHOWN if one in results.traces), None)
    if measured is None or name is None:
        return []
    begin, end = (moment.astimezone(timezone.utc) for moment in results.period)
    hours = results.step_minutes / 60
    parts = []
    for device, kw in results.traces[name].load_kw.items():
        taken = _measured_kwh(measured, device, begin, end)
        if taken is not None:
            simulated = sum(kw) * hours
            parts.append(f"{device} {number_words(taken, 0)} and {number_words(simulated, 0)} kWh")
    if not parts:
        return []
    return [
        f"Taken as measured, and by the family of the simulation, which lives as it likes: {', '.join(parts)}. Far apart, "
        "the saving is another home's."
    ]


def _measured_kwh(measured: Measured, device: str, begin: datetime, end: datetime) -> float | None:
    if device not in measured.devices_kw:
        return None
    quarter = timedelta(minutes=15)
    first, last = (max(0, round((moment - measured.start) / quarter)) for moment in (begin, end))
    kw = measured.devices_kw[device][first:last]
    known = kw[~np.isnan(kw)]
    return float(known.sum()) / 4 if len(known) else None


def meter_notes(site: Site, series: Series, measured: Measured, first: int, last: int) -> list[str]:
    """What the meter itself saw in the period, at the same prices: how near the simulation is to the home."""
    if measured.meter_kw is None:
        return []
    ahead = round((series.time(first) - measured.start) / timedelta(minutes=series.step_minutes))
    meter = measured.meter_kw[ahead : ahead + last - first]
    tariff = tariff_of(site, series, ZoneInfo(measured.time_zone))
    known = ~np.isnan(meter)
    if not known.any():
        return []
    imported, exported = np.maximum(meter[known], 0) / 4, np.maximum(-meter[known], 0) / 4
    bill = (imported * tariff.import_price[first:last][known]).sum()
    bill -= (exported * tariff.export_price[first:last][known]).sum()
    return [
        f"The meter itself saw {imported.sum():,.0f} kWh imported and {exported.sum():,.0f} kWh exported in {known.sum() / 4:,.0f} h "
        f"of the period, {bill:,.2f} {site.currency} at these prices: the home as it was run, beside the controllers above."
    ]
