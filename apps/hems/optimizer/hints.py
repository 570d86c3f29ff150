"""The whole numbers of a schedule in a program's columns: where the solver may start from, such as the last plan."""

from ..domain.schedule import Schedule
from .model import Model

# Powers above this, in kW, are "on".
_ON_KW = 1e-6


def hints(model: Model, schedule: Schedule) -> list[float | None]:
    """Column values that a schedule implies, None where it says nothing; shape (columns,).

    Whole numbers are what matters: "is on", running counts, starts of programs, directions. Flows say where the simplex
    method begins (``basis.py``).
    """
    node = model.node
    found: list[float | None] = [None] * len(model.program.lower)
    for flows, columns in ((schedule.import_kw, node.imports), (schedule.export_kw, node.exports)):
        for index, kw in zip(columns, flows, strict=True):
            found[index] = kw
    for name, powers in node.stores().items():
        store = schedule.batteries.get(name) or schedule.evs[name]
        for k in range(node.steps):
            found[powers.charge[k]], found[powers.discharge[k]] = store.charge_kw[k], store.discharge_kw[k]
    for name, running in node.running.items():
        power = schedule.loads_kw[name] if name in schedule.loads_kw else schedule.evs[name].charge_kw
        for k, index in running.items():
            found[index] = float(power[k] > _ON_KW)
        for k, index in enumerate(node.counts.get(name, [])):
            found[index] = float(sum(kw > _ON_KW for kw in power[: k + 1]))
    for name, of_columns in node.loads.items():
        for linear, kw in zip(of_columns, schedule.loads_kw[name], strict=True):
            if len(linear.terms) == 1:
                index, coefficient = linear.terms[0]
                if found[index] is None:
                    found[index] = (kw - linear.constant) / coefficient
    for name in node.begins:
        _starts(model, name, schedule.loads_kw[name], found)
    for binary, (allowed, forbidden) in model.directions.items():
        found[binary] = float((found[allowed] or 0.0) >= (found[forbidden] or 0.0))
    return found


def _starts(model: Model, name: str, power_kw: tuple[float, ...], found: list[float | None]) -> None:
    """The start whose program the power is; where none is, nothing is said."""
    problem = model.problem
    load = next(one for one in problem.shiftable_loads if one.name == name)
    for k, begin in model.node.begins[name].items():
        covered = problem.horizon.averaged(load.profile_kw, load.profile_step_minutes, problem.horizon.posts_minutes[k])
        if all(abs(a - b) < _ON_KW for a, b in zip(covered, power_kw, strict=True)):
            for other in model.node.begins[name].values():
                found[other] = 0.0
            found[begin] = 1.0
            return
