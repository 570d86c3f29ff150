"""How the suite is run in a simulation, by the names that EMHASS's users know."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mode:
    """``replan_minutes``: None for what is asked; ``perfect``: forecasts are what will be."""

    replan_minutes: int | None
    on_events: bool
    perfect: bool
    words: str


MODES = {
    "mpc": Mode(None, True, False, "receding horizon: planned anew every few minutes and on events"),
    "day-ahead": Mode(24 * 60, False, False, "planned once a day at midnight UTC and carried out as it is"),
    "perfect": Mode(None, True, True, "receding horizon with perfect forecasts"),
}
