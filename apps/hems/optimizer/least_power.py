"""The least power of a load that is on."""

from ..domain.loads import SwitchedLoad

# A load that may idle at nothing but must stay on for a while is kept at least this share of its power, so that
# "on" can be seen in its power.
_LEAST_SHARE_ON = 1e-3


def least_on_kw(load: SwitchedLoad) -> float:
    """``power_kw`` where it is on or off, else ``min_power_kw``, and in any case enough to be seen."""
    least = load.power_kw if load.min_power_kw is None else load.min_power_kw
    return max(least, _LEAST_SHARE_ON * load.power_kw)
