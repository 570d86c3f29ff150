"""Another way in which load and sun may come."""

from typing import Annotated

from pydantic import Field

from .quantity import Frozen, Name, NonNegatives


class Scenario(Frozen):
    """``load_kw`` and the plants' ``pv_kw`` by name, shape (N,) each, with the probability that they come so.

    A plant that is not named gives its own forecast. What is left of the probabilities is that of the problem's own series.
    """

    probability: Annotated[float, Field(strict=True, gt=0, lt=1)]
    load_kw: NonNegatives
    pv_kw: dict[Name, NonNegatives] = {}
