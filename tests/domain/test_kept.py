"""What was worked out stays, until what it was made of is another."""

import pytest

from hems.domain.kept import Kept


def test_the_same_things_are_worked_out_once() -> None:
    kept, made = Kept(), iter(range(9))
    found = [kept.get("sum", ((1, 2), of), lambda: next(made)) for of in ("a", "a", "b", "b", "a")]
    assert found == [0, 0, 1, 1, 2]  # only the last one is kept


def test_names_do_not_disturb_each_other() -> None:
    kept, made = Kept(), iter(range(9))
    assert [kept.get(name, (1,), lambda: next(made)) for name in "xyxy"] == [0, 1, 0, 1]


def test_what_no_longer_fits_is_made_anew() -> None:
    kept = Kept()
    assert kept.get("until", (), lambda: 10, lambda until: until > 5) == 10
    assert kept.get("until", (), lambda: 20, lambda until: until > 9) == 10
    assert kept.get("until", (), lambda: 20, lambda until: until > 10) == 20


def test_what_cannot_be_made_leaves_what_was() -> None:
    kept = Kept()
    assert kept.get("x", (1,), lambda: "one") == "one"
    with pytest.raises(ZeroDivisionError):
        kept.get("x", (2,), lambda: str(1 / 0))
    assert kept.get("x", (1,), lambda: "another") == "one"
