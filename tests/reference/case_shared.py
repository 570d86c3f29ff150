"""Random keys that tie devices together: phases, groups, blocks of energy, charge curves, programs that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cases import Scene

_DEVICES = ("pv", "batteries", "evs", "shiftable_loads", "interruptible_loads", "thermal_loads")


def add_shared(s: Scene, problem: dict[str, Any]) -> None:
    """Adds each of the keys with some probability."""
    if s.chance(0.5):
        _phases(s, problem)
    if s.chance(0.4):
        problem["grid"]["energy_blocks"] = [_block(s) for _ in range(s.one_of(0, 1, 1, 2))]
    for key, most in (("batteries", "charge_limit_kw"), ("evs", "max_kw")):
        for one in problem.get(key, []):
            if s.chance(0.5):
                one["charge_curve"] = _curve(s, one[most])
    _order(s, problem.get("shiftable_loads", []))
    names = [one["name"] for key in _DEVICES for one in problem.get(key, [])]
    if names and s.chance(0.6):
        problem["groups"] = [_group(s, names, f"group_{number + 1}") for number in range(s.one_of(1, 1, 2))]


def _phases(s: Scene, problem: dict[str, Any]) -> None:
    grid = problem["grid"]
    grid["phase_limit_a"] = s.one_of(25.0, 16.0, s.some(2.0, 16.0))
    if s.chance(0.2):
        grid["phase_limit_a"] = [s.some(3.0, 20.0) for _ in range(s.n)]
    if s.chance(0.3):
        grid["phase_voltage_v"] = s.one_of(120.0, 240.0)
    if s.chance(0.6):
        first = s.one_of(0.0, 1.0, s.some(0.0, 1.0))
        second = round((1.0 - first) * s.dice.random(), 3)
        grid["load_phase_shares"] = [first, second, round(1.0 - first - second, 3)]
    for key in _DEVICES:
        for one in problem.get(key, []):
            if s.chance(0.7):
                one["phase"] = s.one_of(1, 1, 2, 3, None)


def _block(s: Scene) -> dict[str, Any]:
    begin = s.dice.uniform(-0.5, 0.8) * s.hours
    kwh = s.some(0.5, 15.0)
    block = {
        "from": s.at(begin), "until": s.at(begin + s.dice.uniform(0.1, 1.2) * s.hours), "kwh": kwh,
        "price_difference_per_kwh": s.one_of(s.some(-0.3, 0.0), s.some(0.0, 0.3)),
    }  # fmt: skip
    if begin < 0.0 and s.chance(0.7):
        block["used_kwh"] = round(kwh * s.one_of(0.2, 0.7, 1.0, 1.5), 3)
    return block


def _curve(s: Scene, most_kw: float) -> list[dict[str, float]]:
    if s.chance(0.4):
        # The usual one: full power, then falling to the top.
        knee = s.some(0.5, 0.85)
        return [{"soc": knee, "kw": most_kw}, {"soc": 1.0, "kw": round(most_kw * s.one_of(0.0, 0.1, 0.4), 3)}]
    socs = sorted({s.some(0.0, 1.0, 2) for _ in range(s.dice.randint(1, 4))})
    return [{"soc": soc, "kw": round(most_kw * s.one_of(0.0, s.dice.random(), 1.0, 1.2), 3)} for soc in socs]


def _order(s: Scene, programs: list[dict[str, Any]]) -> None:
    """Each program may wait for one before it in a random order, so that none wait for each other."""
    order = list(range(len(programs)))
    s.dice.shuffle(order)
    for place in range(1, len(order)):
        if s.chance(0.7):
            programs[order[place]]["after"] = programs[order[s.dice.randrange(place)]]["name"]


def _group(s: Scene, names: list[str], name: str) -> dict[str, Any]:
    def limit(most: float) -> Any:
        return [s.some(0.0, most) for _ in range(s.n)] if s.chance(0.25) else s.some(0.0, most)

    group: dict[str, Any] = {"name": name, "devices": [one for one in names if s.chance(0.6)] or [names[0]]}
    ways = s.one_of(("import",), ("export",), ("import", "export"))
    if "import" in ways:
        group["import_limit_kw"] = limit(6.0)
    if "export" in ways:
        group["export_limit_kw"] = limit(4.0)
    return group
