"""Devices that share one inverter, feeder or fuse."""

from typing import Annotated

from pydantic import Field, model_validator

from ..domain.quantity import Frozen, Name, NonNegative


class Group(Frozen):
    """What its devices may take and give together, in kW."""

    devices: Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]
    import_limit_kw: NonNegative | None = None
    export_limit_kw: NonNegative | None = None

    @model_validator(mode="after")
    def _limits(self) -> "Group":
        if self.import_limit_kw is None and self.export_limit_kw is None:
            raise ValueError("import_limit_kw: give this, export_limit_kw, or both")
        return self
