"""What two schedules differ in: what each does in a step, where the money goes, what falls short."""

from ..domain.bill import bill, discomfort, terminal_value
from ..domain.plan import Shortfall
from ..domain.problem import Problem
from ..domain.schedule import Schedule
from .rank import out_of_bounds, surplus
from .reason_scene import NOISE_KW, Scene
from .shortfalls import LEAST_REPORTED, shortfalls
from .terminal_value import terminal_values

# Differences of the bill are named from a tenth of a cent on, the largest first.
_LEAST_NAMED, _MOST_NAMED = 1e-3, 3


def does(problem: Problem, schedule: Schedule, device: str, k: int) -> str:
    """What a device does in a step, with its power."""
    ev = next((ev for ev in problem.evs if ev.name == device), None)
    if ev is not None and not ev.connected[k]:
        return "is away"
    store = (schedule.batteries | schedule.evs).get(device)
    if store is not None:
        if store.charge_kw[k] > NOISE_KW:
            return f"charges at {store.charge_kw[k]:.2f} kW"
        if store.discharge_kw[k] > NOISE_KW:
            return f"discharges at {store.discharge_kw[k]:.2f} kW"
        return "does not charge" if ev is not None else "rests"
    if device in schedule.pv_used_kw:
        used = schedule.pv_used_kw[device][k]
        forecast = next(pv.forecast_kw[k] for pv in problem.pv if pv.name == device)
        return f"gives {used:.2f} of {forecast:.2f} kW"
    power = schedule.loads_kw[device][k]
    return f"runs at {power:.2f} kW" if power > NOISE_KW else "is off"


def caused(problem: Problem, base: Schedule, other: Schedule) -> tuple[str, ...]:
    """What the other schedule falls short of more than the first: in words, before any money."""
    before = {(one.device, one.wish): one.short_by for one in shortfalls(problem, base)}
    found = []
    for one in shortfalls(problem, other):
        more = one.short_by - before.get((one.device, one.wish), 0.0)
        if more > LEAST_REPORTED:
            found.append(_short_words(one, more))
    for words, unit, reckoned in (
        ("batteries outside their bounds for", "kWh h", out_of_bounds),
        ("exported or curtailed:", "kWh", surplus),
    ):
        more = reckoned(problem, other) - reckoned(problem, base)
        if more > LEAST_REPORTED:
            found.append(f"{words} {more:.2f} {unit} more")
    return tuple(found)


def _short_words(short: Shortfall, more: float) -> str:
    return f"{short.device}: {short.wish} is missed by {more:.2f} {short.unit} more"


def differences(problem: Problem, base: Schedule, other: Schedule, k: int) -> tuple[str, ...]:
    """Where the other schedule's money goes: the largest differences first, seen from step ``k``."""
    scene, grid = Scene(problem, base, ()), problem.grid
    items: list[tuple[float, str]] = []
    for verb, price, sign, one, two in (
        ("imports", grid.import_price, 1.0, base.import_kw, other.import_kw),
        ("exports", grid.export_price, -1.0, base.export_kw, other.export_kw),
    ):
        change = [(b - a) * h for a, b, h in zip(one, two, problem.horizon.hours, strict=True)]
        for word, way in (("more", 1.0), ("less", -1.0)):
            steps = [j for j, kwh in enumerate(change) if kwh * way > NOISE_KW]
            kwh = sum(abs(change[j]) for j in steps)
            if kwh > 0:
                worth = sum(abs(change[j]) * price[j] for j in steps)
                words = f"{verb} {kwh:.2f} kWh {word} at {worth / kwh:.3f} from {scene.at(steps[0], k)}"
                items.append((sign * way * worth, words))
    items += _other_items(problem, base, other)
    items.sort(key=lambda item: -abs(item[0]))
    return tuple(words for worth, words in items if abs(worth) >= _LEAST_NAMED)[:_MOST_NAMED]


def _other_items(problem: Problem, base: Schedule, other: Schedule) -> list[tuple[float, str]]:
    """Wear, peak, starts, carbon, discomfort and what is stored at the end: (dearer by, words)."""
    one, two, values = bill(problem, base), bill(problem, other), terminal_values(problem)
    cold = [sum(price for _, price in discomfort(problem, schedule).values()) for schedule in (base, other)]
    stored = [terminal_value(problem, schedule, values) for schedule in (base, other)]
    tariff = zip(problem.horizon.hours, problem.grid.import_price, base.import_kw, other.import_kw, strict=True)
    by_tariff = sum(h * price * (b - a) for h, price, a, b in tariff)
    changes = {
        "energy blocks": two.import_ - one.import_ - by_tariff,
        "wear": two.wear - one.wear,
        "the peak's charge": two.capacity - one.capacity,
        "starts": two.starts - one.starts,
        "carbon": two.carbon - one.carbon,
        "discomfort": cold[1] - cold[0],
    }
    items = [(more, f"{words} {abs(more):.3f} {'more' if more > 0 else 'less'}") for words, more in changes.items()]
    left = stored[1] - stored[0]
    return [*items, (-left, f"{abs(left):.3f} {'more' if left > 0 else 'less'} in store at the end")]
