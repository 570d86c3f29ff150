"""What the baseline load is made of: the meter's balance, less every device that has a sensor."""

from ..config.site import Site


def baseline_terms(site: Site) -> list[tuple[str, float]] | None:
    """Power sensors and signs that add up to the baseline load: ``import - export + PV + discharge - charge - loads``.

    With ``load.power`` that sensor alone. None where a device has no power sensor and so cannot be taken out.
    """
    if site.load.power is not None:
        return [(site.load.power, 1.0)]
    terms = [(site.grid.power.entity, 1.0 if site.grid.power.positive == "import" else -1.0)]
    for plant in site.pv.values():
        if plant.power is None:
            return None
        terms.append((plant.power, 1.0))
    for battery in site.batteries.values():
        if battery.power is None:
            return None
        terms.append((battery.power.entity, 1.0 if battery.power.positive == "discharge" else -1.0))
    terms += [(ev.power, -1.0) for ev in site.evs.values() if ev.power is not None]
    terms += [(load.power, -1.0) for load in site.loads.values() if load.power is not None]
    return terms
