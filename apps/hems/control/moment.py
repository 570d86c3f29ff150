"""The plan at this moment: one step of it, or the reason why there is none to follow."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..domain.plan import Plan
from ..domain.problem import Problem

# Plans come every half-hour at least. Two that failed in a row are no longer a hiccup.
MAX_PLAN_AGE = timedelta(minutes=60)

# Powers below this are zero: far below what a device can be set to, far above what a solver leaves as noise.
DEADBAND_KW = 0.05


# Surplus that comes later is a forecast. To let it go now for it must earn so much more per kWh, in currency. Where the
# forecast is the truth nothing is to be earned by not believing it: two weeks of April 92.1 % instead of 90.8 %.
WORTH_WAITING = 0.02
_DAY = 24 * 60.0


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
    def import_limited(self) -> bool:
        """Whether the plan imports no more because it must not or because a peak is priced: not for want of a reason."""
        grid = self.problem.grid if self.problem is not None else None
        if grid is None:
            return False
        limit = _at(grid.import_limit_kw, self.step)
        at_limit = limit is not None and self.import_kw >= limit - DEADBAND_KW
        return at_limit or grid.capacity_charge is not None or grid.phase_limit_a is not None

    @property
    def export_limited(self) -> bool:
        """Whether the plan exports as much as it may."""
        limit = _at(self.problem.grid.export_limit_kw, self.step) if self.problem is not None else None
        return limit is not None and self.export_kw >= limit - DEADBAND_KW

    def curtails(self, plant: str) -> bool:
        """Whether the plan holds this plant back beyond the deadband."""
        planned = self.plan.pv.get(plant)
        return planned is not None and planned.curtailed_kw[self.step] > DEADBAND_KW

    @property
    def feed_in_kw(self) -> float:
        """What is to be fed in at most: the planned export; nothing where that costs money."""
        if self.problem is not None and self.problem.grid.export_price[self.step] < 0:
            return 0.0
        return round(self.export_kw, 3) if self.exports else 0.0

    @property
    def charges_car_apart(self) -> bool:
        """Whether a car charges that the home battery must not feed."""
        cars = self.problem.evs if self.problem is not None else ()
        plans = (self.plan.evs.get(car.name) for car in cars if not car.from_home_battery)
        return any(plan is not None and plan.charge_kw[self.step] > DEADBAND_KW for plan in plans)

    @property
    def pays_to_keep(self) -> bool:
        """Whether a kWh that the home is spared now is worth clearly more than one that is sold now.

        A battery that rests by a plan holds energy that is worth about this step's price: with prices below zero, or with
        net metering, there is nothing to be earned by another mode than the plan's.
        """
        if self.problem is None:
            return True
        price = self.problem.grid.import_price[self.step]
        return price > 0 and price - self.problem.grid.export_price[self.step] > WORTH_WAITING

    def sells_for_little(self, battery: str, least: float = WORTH_WAITING) -> bool:
        """Whether energy that the plan sells now, to charge from later surplus, earns less than ``least`` a kWh by it."""
        if self.problem is None:
            return False
        grid, store, end = (
            self.problem.grid,
            self.plan.batteries[battery],
            self.plan.horizon.posts_minutes[self.step] + _DAY,
        )
        later = [
            grid.export_price[k]
            for k in range(self.step + 1, len(self.plan.step_minutes))
            if self.plan.horizon.posts_minutes[k] < end
            and store.charge_kw[k] > DEADBAND_KW
            and self.plan.grid.import_kw[k] < store.charge_kw[k] / 2
        ]
        return bool(later) and grid.export_price[self.step] - min(later) < least

    def heats_later_for_little(self, load: str) -> bool:
        """Whether the plan runs a load from later surplus within a day that earns hardly less than what is exported now."""
        if self.problem is None:
            return False
        grid, power_kw = self.problem.grid, self.plan.loads[load].power_kw
        end = self.plan.horizon.posts_minutes[self.step] + _DAY
        later = [
            grid.export_price[k]
            for k in range(self.step + 1, len(power_kw))
            if self.plan.horizon.posts_minutes[k] < end
            and power_kw[k] > DEADBAND_KW
            and self.plan.grid.import_kw[k] < power_kw[k] / 2
        ]
        return bool(later) and grid.export_price[self.step] - min(later) < WORTH_WAITING

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


def _at(limit_kw: float | tuple[float, ...] | None, step: int) -> float | None:
    return limit_kw[step] if isinstance(limit_kw, tuple) else limit_kw
