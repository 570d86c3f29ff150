"""The plan at this moment: one step of it, or the reason why there is none to follow."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..domain.plan import Plan
from ..domain.problem import Problem

# Plans come every quarter of an hour. Four that failed in a row are no longer a hiccup.
MAX_PLAN_AGE = timedelta(minutes=60)

# Powers below this are zero: far below what a device can be set to, far above what a solver leaves as noise.
DEADBAND_KW = 0.05


@dataclass(frozen=True)
class Moment:
    """Step ``step`` of a plan that may be followed, with the problem it answers."""

    plan: Plan
    problem: Problem | None
    step: int

    @property
    def import_kw(self) -> float:
        """Planned mean import of the step."""
        return self.plan.grid.import_kw[self.step]

    @property
    def export_kw(self) -> float:
        """Planned mean export of the step."""
        return self.plan.grid.export_kw[self.step]

    @property
    def imports(self) -> bool:
        """Whether the plan imports beyond the deadband."""
        return self.import_kw > DEADBAND_KW

    @property
    def exports(self) -> bool:
        """Whether the plan exports beyond the deadband."""
        return self.export_kw > DEADBAND_KW


def moment_of(
    plan: Plan | None, problem: Problem | None, now: datetime, created: datetime | None, max_age: timedelta
) -> Moment | str:
    """The plan's step at ``now``, or a clause that says why no plan can be followed.

    ``created``: when the plan was made (None: its start); all times aware.
    """
    if plan is None:
        return "there is no plan yet"
    age = now - (created if created is not None else plan.start)
    if age > max_age:
        return f"the plan is {age.total_seconds() / 60:.0f} minutes old"
    step = plan.horizon.step_at(now)
    if step is None:
        return "the plan does not cover this moment"
    return Moment(plan, problem, step)
