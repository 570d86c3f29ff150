"""Devices that share one inverter, feeder or fuse."""

from pydantic import Field, model_validator

from .quantity import Frozen, Name, NonNegativeOrSeries


class Group(Frozen):
    """``taken - given <= import_limit_kw`` and ``given - taken <= export_limit_kw`` over its ``devices``, in every step.

    Taken: charging and loads; given: discharging and PV used. None is no limit.
    """

    name: Name
    devices: tuple[Name, ...] = Field(min_length=1)
    import_limit_kw: NonNegativeOrSeries | None = None
    export_limit_kw: NonNegativeOrSeries | None = None

    @model_validator(mode="after")
    def _limits(self) -> "Group":
        if self.import_limit_kw is None and self.export_limit_kw is None:
            raise ValueError("import_limit_kw: give this, export_limit_kw, or both")
        return self
