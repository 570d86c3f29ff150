"""The physical part of a plan: what every device does, before money is reckoned."""

from dataclasses import dataclass, field

Series = tuple[float, ...]


@dataclass(frozen=True)
class Store:
    """A battery or a car: powers in kW, shape (N,); energy in kWh at fence-posts, shape (N+1,)."""

    charge_kw: Series
    discharge_kw: Series
    energy_kwh: Series


@dataclass(frozen=True)
class Schedule:
    """Powers in kW, shape (N,), and states at fence-posts, shape (N+1,), by the device's name."""

    import_kw: Series
    export_kw: Series
    pv_used_kw: dict[str, Series] = field(default_factory=dict)
    batteries: dict[str, Store] = field(default_factory=dict)
    evs: dict[str, Store] = field(default_factory=dict)
    loads_kw: dict[str, Series] = field(default_factory=dict)
    temperatures_c: dict[str, Series] = field(default_factory=dict)


def store_energy(
    energy_kwh: float,
    standing_loss_kw: float,
    charge_efficiency: float,
    discharge_efficiency: float,
    hours: Series,
    charge_kw: Series,
    discharge_kw: Series,
) -> Series:
    """``E[k+1] = E[k] - standing_loss*h + h*(charge*charge_efficiency - discharge/discharge_efficiency)``, shape (N+1,)."""
    energy = [energy_kwh]
    for h, charge, discharge in zip(hours, charge_kw, discharge_kw, strict=True):
        flow = charge * charge_efficiency - discharge / discharge_efficiency - standing_loss_kw
        energy.append(energy[-1] + h * flow)
    return tuple(energy)


def temperatures(
    temperature_c: float,
    sign: float,
    capacity_kwh_per_k: Series,
    hours: Series,
    power_kw: Series,
    cop: Series,
    loss_kw_per_k: Series,
    ambient_c: Series,
    draw_kw: Series,
) -> Series:
    """``T[k+1] = T[k] + h/C*(sign*power*cop - loss*(T[k]-ambient) - draw)``, shape (N+1,); sign -1 cools."""
    found = [temperature_c]
    for k, h in enumerate(hours):
        heat = sign * power_kw[k] * cop[k] - loss_kw_per_k[k] * (found[-1] - ambient_c[k]) - draw_kw[k]
        found.append(found[-1] + h / capacity_kwh_per_k[k] * heat)
    return tuple(found)
