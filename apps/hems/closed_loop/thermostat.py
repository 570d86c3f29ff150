"""A thermostat: on below one temperature, off above another, and in between as it was."""


class Thermostat:
    """Two-point control. ``on`` is what it says now."""

    def __init__(self) -> None:
        self.on = False

    def reads(self, temperature_c: float, on_below_c: float, off_above_c: float) -> bool:
        """Whether to heat at this temperature."""
        if temperature_c < on_below_c:
            self.on = True
        elif temperature_c >= off_above_c:
            self.on = False
        return self.on
