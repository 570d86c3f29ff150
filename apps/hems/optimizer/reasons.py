"""One short sentence per device and step: why it does what it does. Prices are the problem's own."""

from ..domain.problem import Problem
from ..domain.schedule import Schedule, Series, Store

_NOISE_KW = 1e-3


def reasons(problem: Problem, schedule: Schedule) -> dict[str, tuple[str, ...]]:
    """Sentences by device, shape (N,) each."""
    found: dict[str, tuple[str, ...]] = {}
    for battery in problem.batteries:
        store = schedule.batteries[battery.name]
        found[battery.name] = tuple(_battery(problem, schedule, store, k) for k in range(problem.steps))
    for ev in problem.evs:
        found[ev.name] = tuple(
            _ev(problem, schedule, ev.connected, schedule.evs[ev.name], k) for k in range(problem.steps)
        )
    for name, power in schedule.loads_kw.items():
        found[name] = tuple(_load(problem, schedule, power, k) for k in range(problem.steps))
    return found


def _source(problem: Problem, schedule: Schedule, k: int) -> str:
    grid = problem.grid
    if schedule.import_kw[k] > _NOISE_KW:
        return f"from the grid at {grid.import_price[k]:.3f}"
    if schedule.export_kw[k] > _NOISE_KW:
        return f"from PV that would earn {grid.export_price[k]:.3f}"
    return "from PV and what is stored"


def _battery(problem: Problem, schedule: Schedule, store: Store, k: int) -> str:
    if store.charge_kw[k] > _NOISE_KW:
        later = [
            p for p, kw in zip(problem.grid.import_price[k:], store.discharge_kw[k:], strict=True) if kw > _NOISE_KW
        ]
        use = f"; serves later hours of up to {max(later):.3f}" if later else "; kept beyond the horizon"
        return f"charges {_source(problem, schedule, k)}{use}"
    if store.discharge_kw[k] > _NOISE_KW:
        if schedule.export_kw[k] > _NOISE_KW:
            return f"sells at {problem.grid.export_price[k]:.3f}"
        return f"serves the house instead of import at {problem.grid.import_price[k]:.3f}"
    if schedule.import_kw[k] > _NOISE_KW:
        return f"waits: what is stored is worth more than {problem.grid.import_price[k]:.3f} later, or it is empty"
    return "rests"


def _ev(problem: Problem, schedule: Schedule, connected: tuple[bool, ...], store: Store, k: int) -> str:
    if not connected[k]:
        return "is away"
    if store.charge_kw[k] > _NOISE_KW:
        return f"charges {_source(problem, schedule, k)}"
    if store.discharge_kw[k] > _NOISE_KW:
        return f"serves the house instead of import at {problem.grid.import_price[k]:.3f}"
    later = [p for p, kw in zip(problem.grid.import_price[k:], store.charge_kw[k:], strict=True) if kw > _NOISE_KW]
    return f"waits for {min(later):.3f}" if later else "has what it needs"


def _load(problem: Problem, schedule: Schedule, power: Series, k: int) -> str:
    if power[k] > _NOISE_KW:
        return f"runs {_source(problem, schedule, k)}"
    later = [p for p, kw in zip(problem.grid.import_price[k:], power[k:], strict=True) if kw > _NOISE_KW]
    return f"waits for {min(later):.3f}" if later else "has no more to do"
