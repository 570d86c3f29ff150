"""What if: the same home with another battery, one more car, or another tariff."""

import re
from dataclasses import dataclass, replace
from datetime import time

import numpy as np
from numpy.typing import NDArray
from pydantic_core import PydanticCustomError

from ..config.devices import Battery, Ev
from ..config.site import Site
from ..config.tariff import ExportPrices, ImportPrices, Prices
from ..config.value import parse_clock
from ..domain.faults import Refused, hint, shown
from .prices import tariff_of
from .series import Series
from .study_asked import Study

KINDS = ("battery", "ev", "tariff")
FORMS = "write battery=5,10,15 or ev or tariff=0.30 or tariff=0.36/0.24@22:00-06:00"
_MOST_VARIANTS = 12
_TARIFF = re.compile(
    r"(?P<dear>-?\d+(\.\d+)?)(/(?P<cheap>-?\d+(\.\d+)?)@(?P<begin>[\d:]+)-(?P<end>[\d:]+))?(:(?P<sold>-?\d+(\.\d+)?))?"
)
# A new battery: power for two hours, and the wear and efficiencies that apps.yaml has by default.
_HOURS_TO_EMPTY = 2.0
_CAR_KWH, _CAR_KW = 40.0, 7.36
# No device is told anything in a simulation.
_NO_ACTION = [{"switch.turn_on": {"entity_id": "switch.none"}}]


@dataclass(frozen=True)
class Variant:
    """One change: of which ``kind``, in words, its number where it is one (kWh, price per kWh), and the changed study."""

    kind: str
    label: str
    number: float | None
    study: Study


def variants_of(asked: list[str], study: Study) -> list[Variant]:
    """A study for each variant that ``--sweep`` names, in its order. Raises Refused with every fault."""
    faults: list[str] = []
    found: list[Variant] = []
    for text in asked:
        kind, _, rest = text.strip().partition("=")
        if kind not in KINDS or (kind == "ev") != (not rest):
            known = hint(kind, KINDS) if kind not in KINDS else ""
            faults.append(f"--sweep: {shown(text)} is nothing that can be varied{known}; {FORMS}")
            continue
        make = {"battery": _battery, "ev": _ev, "tariff": _tariff}[kind]
        for value in rest.split(",") if rest else [""]:
            try:
                found.append(make(value.strip(), study))
            except Refused as refused:
                faults += [f"--sweep: {fault}" for fault in refused.faults]
    labels = [variant.label for variant in found]
    found = [variant for k, variant in enumerate(found) if variant.label not in labels[:k]]
    if len(found) > _MOST_VARIANTS:
        faults.append(f"--sweep: {len(found)} variants, at most {_MOST_VARIANTS} in one call; each is a run of its own")
    if faults:
        raise Refused(faults)
    return found


def _of(study: Study, site: Site, series: Series | None = None) -> Study:
    """Only what a saving needs: the bound and the rules are for the home as it is."""
    names = tuple(name for name in study.controllers if name in ("self_consumption", "hems")) or study.controllers
    return replace(study, site=site, series=series or study.series, controllers=names)


def _battery(text: str, study: Study) -> Variant:
    size = _number(text)
    if size is None or not 0 <= size <= 1000:
        raise Refused([f"battery={text}: {shown(text)} is no size in kWh; {FORMS}"])
    site, had = study.site, study.site.batteries
    if len(had) > 1:
        raise Refused([f"battery={text}: the home has {len(had)} batteries; leave one of them in a copy of the file"])
    label = f"battery {size:g} kWh" if size else "no battery"
    if not size:
        return Variant("battery", label, 0.0, _of(study, _without(site, list(had))))
    if had:
        ((name, battery),) = had.items()
        batteries = {name: battery.model_copy(update={"capacity_kwh": size})}
        return Variant("battery", label, size, _of(study, site.model_copy(update={"batteries": batteries})))
    name = _free_name(site, "battery")
    site = site.model_copy(update={"batteries": {name: _new_battery(size)}})
    return Variant("battery", label, size, _of(study, site))


def _new_battery(size: float) -> Battery:
    power = size / _HOURS_TO_EMPTY
    return Battery.model_validate(
        {
            "soc": "sensor.none",
            "capacity_kwh": size,
            "charge_limit_kw": power,
            "discharge_limit_kw": power,
            "actions": dict.fromkeys(("self_use", "charge", "discharge", "hold"), _NO_ACTION),
        }
    )


def _ev(text: str, study: Study) -> Variant:
    site = study.site
    car = Ev.model_validate(
        {
            "connected": "binary_sensor.none",
            "soc": "sensor.none",
            "battery_kwh": _CAR_KWH,
            "max_kw": _CAR_KW,
            "actions": {"charge": _NO_ACTION, "stop": _NO_ACTION},
        }
    )
    label = "one more car" if site.evs else "a car"
    return Variant(
        "ev", label, None, _of(study, site.model_copy(update={"evs": {**site.evs, _free_name(site, "car"): car}}))
    )


def _tariff(text: str, study: Study) -> Variant:
    found = _TARIFF.fullmatch(text)
    if found is None:
        raise Refused([f"tariff={text}: {shown(text)} is no tariff; {FORMS}"])
    dear, cheap = float(found["dear"]), None if found["cheap"] is None else float(found["cheap"])
    prices = study.series.spot_per_kwh * 0 + dear
    label, mean = f"{dear:g} {study.site.currency}/kWh", dear
    if cheap is not None:
        begin, end = (_clock(text, found[key]) for key in ("begin", "end"))
        prices = np.where(_within(study, begin, end), cheap, dear)
        label = f"{dear:g}, {begin:%H:%M} to {end:%H:%M} {cheap:g} {study.site.currency}/kWh"
        mean = float(prices.mean())
    sold = float(found["sold"]) if found["sold"] is not None else _mean_sold(study)
    # The prices of the tariff are in the series itself, so its spot prices are paid as they are.
    bought = ImportPrices(entity=study.site.prices.import_.entity or "sensor.none")
    tariff = Prices.model_validate({"import": bought, "export": ExportPrices(fixed_per_kwh=sold)})
    site = study.site.model_copy(update={"prices": tariff})
    return Variant(
        "tariff", f"{label}, sold for {sold:.3g}", mean, _of(study, site, replace(study.series, spot_per_kwh=prices))
    )


def _mean_sold(study: Study) -> float:
    """What a kWh exported earned in the period: the mean over the time of the day's light, where there is PV."""
    part = slice(study.first, study.last)
    prices = tariff_of(study.site, study.series, study.zone).export_price[part]
    weights = sum(study.series.pv_kw.values(), study.series.load_kw * 0)[part]
    return round(float(np.average(prices, weights=weights) if weights.sum() > 0 else prices.mean()), 4)


def _within(study: Study, begin: time, end: time) -> NDArray[np.bool_]:
    """Whether each step begins in the window on the home's clock, shape (N,); a window may go past midnight."""
    series, zone = study.series, study.zone
    clocks = [series.time(k).astimezone(zone).time() for k in range(series.steps)]
    after = [begin <= clock < end if begin < end else clock >= begin or clock < end for clock in clocks]
    return np.array(after)


def _clock(text: str, clock: str) -> time:
    try:
        return parse_clock(clock if ":" in clock else f"{clock}:00")
    except PydanticCustomError as error:
        raise Refused([f"tariff={text}: {error.message()}"]) from None


def _without(site: Site, names: list[str]) -> Site:
    groups = {
        name: group.model_copy(update={"devices": tuple(one for one in group.devices if one not in names)})
        for name, group in site.groups.items()
    }
    return site.model_copy(update={"batteries": {}, "groups": {n: g for n, g in groups.items() if g.devices}})


def _free_name(site: Site, name: str) -> str:
    taken = (*site.devices, *site.groups)
    return next(one for k in range(1, 1000) if (one := name if k == 1 else f"{name}_{k}") not in taken)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
