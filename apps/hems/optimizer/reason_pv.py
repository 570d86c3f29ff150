"""Why PV is used, exported or curtailed."""

from ..domain.problem import per_step
from ..domain.pv import Pv
from .reason_scene import NOISE_KW, Scene

_AT_LIMIT_KW = 2e-3


class PvReasons:
    """Sentences of one PV plant; empty where the sun gives nothing."""

    def __init__(self, scene: Scene, pv: Pv) -> None:
        self._scene, self._pv = scene, pv
        self._used = scene.schedule.pv_used_kw[pv.name]
        limit = scene.problem.grid.export_limit_kw
        self._limit = per_step(float("inf") if limit is None else limit, scene.steps)

    def sentence(self, k: int) -> str:
        """Why it is used or curtailed in step k."""
        curtailed = self._pv.forecast_kw[k] - self._used[k]
        if self._pv.forecast_kw[k] <= NOISE_KW:
            return ""
        if curtailed > NOISE_KW:
            return f"curtails {curtailed:.2f} kW{self._why_curtailed(k)}"
        scene = self._scene
        if not scene.exports(k):
            return "all of it is used"
        exported, sold = scene.schedule.export_kw[k], scene.problem.grid.export_price[k]
        return f"{exported:.2f} kW leave the house at {sold:.3f}"

    def _why_curtailed(self, k: int) -> str:
        scene = self._scene
        sold, bought = scene.problem.grid.export_price[k], scene.bought[k]
        if scene.schedule.export_kw[k] >= self._limit[k] - _AT_LIMIT_KW:
            return f": export is limited to {self._limit[k]:g} kW"
        if bought < 0 and scene.imports(k):
            return f": import pays {-bought:.3f}"
        return f": export would cost {-sold:.3f}" if sold < 0 else ""
