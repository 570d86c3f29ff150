"""How far each opinion is to be believed in this house: fitted to its own last weeks, leaning on what serves most houses."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

# Days after which an error counts half.
_HALF_LIFE = 20.0
# How strongly the fit is held to the usual weights: always a bit, and as so many days of evidence would.
_HOLD, _HOLD_DAYS = 0.1, 4.0


def fitted_weights(opinions: Values, load_kw: Values, usual: Values) -> Values:
    """Weights of E opinions, shape (E,), by ridge regression around ``usual``.

    ``opinions``: shape (D, P, E); ``load_kw``: what came, shape (D, P), NaN where it is not known. Least squares, so the
    weighted sum is an expected load. The weights add up to 1, as the usual ones do; single ones may be below 0.
    """
    known = np.isfinite(load_kw)
    days = len(load_kw)
    share = 0.5 ** ((days - 1 - np.arange(days)) / _HALF_LIFE)
    base = opinions @ usual
    apart = np.where(known[..., None], opinions - base[..., None], 0.0) * np.sqrt(share)[:, None, None]
    missed = np.where(known, load_kw - base, 0.0) * np.sqrt(share)[:, None]
    flat = apart.reshape(-1, len(usual))
    products = flat.T @ flat
    scale = float(np.trace(products)) / len(usual)
    evidence = float((share * known.mean(axis=1)).sum())
    if scale <= 1e-12 or evidence <= 0:
        return usual
    held = products + np.eye(len(usual)) * scale * (_HOLD + _HOLD_DAYS / evidence)
    # The opinions apart from their mixture are as they are; a change of weights is applied to them, not to the mixture.
    change = np.linalg.solve(held, flat.T @ missed.ravel())
    fitted: Values = usual + change - usual * change.sum()
    return fitted
