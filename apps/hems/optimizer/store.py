"""What batteries and cars share: the energy equation, targets, and no charging while discharging."""

from collections.abc import Sequence

from ..domain.battery import SocTarget
from ..domain.horizon import Horizon
from .node import StoreColumns
from .program import Linear, Program, Tier, column


def energy_equation(
    program: Program,
    hours: tuple[float, ...],
    store: StoreColumns,
    energy_kwh: float | Linear,
    charge_efficiency: float,
    discharge_efficiency: float,
    standing_loss_kw: float = 0.0,
    driving_kw: Sequence[float] = (),
) -> None:
    """``E[k+1] = E[k] - standing_loss*h + h*(charge*charge_efficiency - discharge/discharge_efficiency) - h*driving``.

    What driving takes beyond what is stored is ``short`` in kWh, which the wish tier minimises. ``energy_kwh``: E[0].
    """
    begin = energy_kwh if isinstance(energy_kwh, Linear) else Linear((), energy_kwh)
    for k, h in enumerate(hours):
        terms = [(store.charge[k], charge_efficiency * h), (store.discharge[k], -1 / discharge_efficiency * h)]
        terms.append((store.energy[k], -1.0))
        driven = driving_kw[k] * h if driving_kw else 0.0
        if driven > 0:
            terms.append((program.slack(Tier.WISH, driven), 1.0))
        before = column(store.energy[k - 1]) if k else begin
        program.constrain(before + Linear(tuple(terms)), "=", standing_loss_kw * h + driven)


def one_direction(program: Program, store: StoreColumns, k: int) -> int | None:
    """``charge <= charge_limit * b`` and ``discharge <= discharge_limit * (1 - b)`` with b binary, in step k; b's index."""
    charge_kw, discharge_kw = store.charge_limit_kw[k], store.discharge_limit_kw[k]
    if charge_kw <= 0 or discharge_kw <= 0:
        return None
    charging = program.binary()
    program.constrain(column(store.charge[k]) + column(charging, -charge_kw), "<")
    program.constrain(column(store.discharge[k]) + column(charging, discharge_kw), "<", discharge_kw)
    return charging


def energy_at(store: StoreColumns, horizon: Horizon, energy_kwh: float, target: SocTarget) -> Linear | None:
    """Energy at a target's instant, interpolated within its step; None outside the horizon."""
    minutes = horizon.minutes_at(target.at)
    if minutes < 0 or minutes > horizon.posts_minutes[-1]:
        return None
    k = horizon.step_at(target.at)
    if k is None:
        return column(store.energy[-1])
    share = (minutes - horizon.posts_minutes[k]) / horizon.step_minutes[k]
    before = column(store.energy[k - 1]) if k else Linear((), energy_kwh)
    return before * (1 - share) + column(store.energy[k], share)


def wish_targets(
    program: Program,
    store: StoreColumns,
    horizon: Horizon,
    energy_kwh: float,
    capacity_kwh: float,
    targets: tuple[SocTarget, ...],
) -> None:
    """``E(at) + short >= soc * capacity`` for each target; ``short`` in kWh is what the wish tier minimises."""
    for target in targets:
        reached = energy_at(store, horizon, energy_kwh, target)
        if reached is not None and reached.terms:
            short = program.slack(Tier.WISH)
            program.constrain(reached + column(short), ">", target.soc * capacity_kwh)
