"""Units of prices: "EUR/MWh", "c/kWh", "öre/kWh", "€ct/kWh", read into a currency and a factor to currency per kWh.

Minor units are a hundredth of the currency. "$" and "kr" stay what they are where nothing says whose they are; "?" stands for a
currency that nothing names.
"""

import re
from dataclasses import dataclass

_ENERGY = {"wh": 1000.0, "kwh": 1.0, "mwh": 1e-3, "kw·h": 1.0, "kw*h": 1.0, "kilowatthour": 1.0, "megawatthour": 1e-3}
_CODES = (
    "EUR", "GBP", "USD", "AUD", "NZD", "CAD", "SEK", "NOK", "DKK", "ISK", "CHF", "PLN", "CZK", "HUF", "RON", "BGN", "RSD",
    "BAM", "MKD", "ALL", "UAH", "TRY", "JPY", "CNY", "INR", "ZAR", "BRL", "MXN", "SGD", "HKD", "KRW", "ILS", "AED", "GEL",
)  # fmt: skip
_MAJOR = {code.lower(): code for code in _CODES} | {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "pound": "GBP", "pounds": "GBP", "us$": "USD", "a$": "AUD",
    "au$": "AUD", "nz$": "NZD", "c$": "CAD", "ca$": "CAD", "$": "$", "dollar": "$", "dollars": "$", "kr": "kr", "kr.": "kr",
    "kc": "CZK", "kč": "CZK", "zł": "PLN", "zl": "PLN", "ft": "HUF", "lei": "RON", "leu": "RON", "лв": "BGN", "lv": "BGN",
    "fr.": "CHF", "sfr": "CHF", "₺": "TRY", "tl": "TRY", "₴": "UAH", "₹": "INR", "¥": "JPY", "r$": "BRL",
}  # fmt: skip
# None: the unit is a hundredth of a currency that its name does not tell.
_MINOR: dict[str, str | None] = {
    "c": None, "cent": None, "cents": None, "¢": None, "øre": None, "ore": None, "ør": None, "öre": "SEK", "ct": "EUR",
    "ct.": "EUR", "cts": "EUR", "snt": "EUR", "senttiä": "EUR", "eurocent": "EUR", "eurocents": "EUR", "p": "GBP",
    "pence": "GBP", "penny": "GBP", "gr": "PLN", "grosz": "PLN", "groszy": "PLN", "rp": "CHF", "rp.": "CHF",
    "rappen": "CHF", "hal": "CZK", "haléř": "CZK", "bani": "RON", "stotinki": "BGN", "fils": None, "fillér": "HUF",
    "centimes": None, "céntimos": "EUR", "centesimi": "EUR", "cêntimos": "EUR", "fen": "CNY", "paise": "INR",
}  # fmt: skip
_UNKNOWN = "?"
_VAGUE = (_UNKNOWN, "$", "kr")


@dataclass(frozen=True)
class Unit:
    """``currency``: "EUR", "$", or None where it is not said. ``minor``: in hundredths; None where nothing is said of it.

    ``per_kwh``: the factor from the unit's energy to a kWh (1 for kWh, 0.001 for MWh), None where there is none.
    """

    currency: str | None = None
    minor: bool | None = None
    per_kwh: float | None = None

    @property
    def factor(self) -> float:
        """From the unit's numbers to currency per kWh; 0 where the energy is not known."""
        return (self.per_kwh or 0.0) * (0.01 if self.minor else 1.0)

    @property
    def label(self) -> str:
        """The unit after conversion: "EUR/kWh", "?/kWh"."""
        return f"{self.currency or _UNKNOWN}/kWh"

    def like(self, other: "Unit") -> bool:
        """Whether numbers of both come out in the same currency, as far as it is said."""
        vague = {self.currency, other.currency} & {None, *_VAGUE}
        return bool(vague) or self.currency == other.currency

    def over(self, other: "Unit") -> "Unit":
        """This unit, and what it leaves open from the other."""
        vague = self.currency is None or (self.currency in _VAGUE and other.currency is not None)
        minor = self.minor if self.minor is not None else other.minor if self.currency is None else None
        return Unit(
            other.currency if vague else self.currency,
            minor,
            self.per_kwh if self.per_kwh is not None else other.per_kwh,
        )


def money_of(text: str) -> Unit | None:
    """What "EUR", "€", "ct", "c€", "EURct" or "øre" says; None for what is no money."""
    word = text.strip().lower().strip("[]()")
    if word in _MAJOR:
        return Unit(_MAJOR[word], minor=False)
    if word in _MINOR:
        return Unit(_MINOR[word], minor=True)
    parts = [part for part in re.split(r"[\s_·.-]+|(?<=[€£$])|(?=[€£$])", word) if part]
    if len(parts) == 2:
        return _of_two(parts[0], parts[1])
    # "EURct" and "cEUR" are written without anything between.
    for tail in ("cents", "cent", "ct", "c"):
        for rest in (word.removesuffix(tail), word.removeprefix(tail)):
            if rest != word and rest in _MAJOR:
                return Unit(_MAJOR[rest], minor=True)
    return None


def _of_two(one: str, two: str) -> Unit | None:
    for major, minor in ((one, two), (two, one)):
        if major in _MAJOR and minor in _MINOR:
            return Unit(_MAJOR[major], minor=True)
    return Unit(_MAJOR[one], minor=False) if one in _MAJOR and _MAJOR.get(two) == _MAJOR[one] else None


def energy_of(text: str) -> float | None:
    """The factor to a kWh of "kWh", "MWh" or "Wh", without regard to case; None for anything else."""
    return _ENERGY.get(text.strip().lower().rstrip("."))


def unit_of(text: str) -> Unit | None:
    """A unit's text: "EUR/MWh", "ct per kWh", "EUR" (no energy), "kWh" (no money); None for what is no part of a price."""
    if len(text) > 40:
        return None
    money_text, slash, energy_text = re.sub(r"\s*(?:/|\bper\b|\bpr\.?\s)\s*", "/", text.strip(), count=1).partition("/")
    if not slash:
        energy = energy_of(money_text)
        return Unit(per_kwh=energy) if energy is not None else money_of(money_text)
    money, energy = money_of(money_text), energy_of(energy_text)
    if energy is None or (money is None and money_text.strip(" ?")):
        return None
    return (money or Unit()).over(Unit(per_kwh=energy))


def unit_of_key(key: str) -> Unit:
    """What a key's name says: price_per_kwh, price_ct_per_kwh, price_eur_per_mwh, SEK_per_kWh, CentsPerKwh."""
    found = Unit()
    words = words_of(key)
    for word in words:
        energy = energy_of(word)
        if energy is not None and len(words) > 1:
            found = Unit(found.currency, found.minor, energy)
        elif (word in _MINOR and len(word) > 1) or (word in _MAJOR and word.upper() in _CODES and word != "all"):
            money = money_of(word)
            assert money is not None
            found = money.over(Unit(found.currency, None, found.per_kwh)) if money.minor else found.over(money)
    return found


def words_of(name: str) -> list[str]:
    """The words of a name in lower case: "value_inc_vat", "startsAt", "latestGrossUnitRateCentsPerKwh"."""
    spaced = re.sub(r"(?<=[a-zäöøåéčł])(?=[A-ZÄÖØÅ])", " ", name.replace("kWh", "kwh").replace("MWh", "mwh"))
    return [word for word in re.split(r"[^0-9a-zäöøåéčł€£$¢]+", spaced.lower()) if word]


def currency_named(name: str) -> str | None:
    """A currency's code as a word of its own in an entity's name: "sensor.nordpool_kwh_fi_eur_3_10"; None where there is none."""
    codes = [word.upper() for word in words_of(name) if word.upper() in _CODES and word not in ("all", "try", "ron")]
    return codes[0] if len(set(codes)) == 1 else None
