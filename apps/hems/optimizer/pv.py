"""PV plants in the program: used where it helps, curtailed where it does not and can be."""

from ..domain.pv import Pv
from .node import Node
from .program import Linear, Program, Tier, column


def add_pv(program: Program, node: Node, hours: tuple[float, ...], pv: Pv, avoid_curtailment: bool) -> None:
    """``0 <= used <= forecast`` where curtailable, ``used = forecast`` where not.

    ``avoid_curtailment`` (cost function self_consumption): ``h * (forecast - used)`` counts in the surplus tier.
    """
    used: list[Linear] = []
    for h, forecast in zip(hours, pv.forecast_kw, strict=True):
        if not pv.curtailable or forecast == 0:
            used.append(Linear((), forecast))
            continue
        index = program.add(0.0, forecast)
        used.append(column(index))
        program.cost(Tier.PREFERENCE, index, -0.01 * h)  # use what costs nothing
        if avoid_curtailment:
            program.cost(Tier.SURPLUS, index, -h)
    node.pv_used[pv.name] = used
