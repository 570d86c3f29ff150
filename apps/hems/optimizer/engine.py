"""Which solver python-mip drives: CBC, or HiGHS where CBC cannot be loaded.

The CBC that python-mip brings is built for glibc; on musl (Alpine, and so AppDaemon's own container image) it does not load,
and HiGHS (package highspy) does. Both get the same program.
"""

import logging

import mip


class NoEngine(RuntimeError):
    """Neither solver can be loaded."""


def loaded_engine() -> str:
    """``CBC`` or ``HIGHS`` as python-mip names them. Raises NoEngine with what to install."""
    logging.getLogger("mip").setLevel(logging.CRITICAL)  # a CBC that is not there is no error where HiGHS is
    if _has("cbc", "has_cbc"):
        # A model that the garbage collector finds while cffi reads a C type wants this function, and cffi's lock for it: a
        # deadlock (seen in a process of many solves). Looked up before, it needs no lock.
        _ = mip.cbc.cbclib.Cbc_deleteModel
        return str(mip.CBC)
    if _has("highs", "has_highs"):
        return str(mip.HIGHS)
    raise NoEngine(
        "python-mip can load neither CBC nor HiGHS; on Alpine: pip install --no-deps mip==2.0.0, then highspy"
    )


def solver_name() -> str:
    """The solver as people write it: ``CBC`` or ``HiGHS``."""
    return "CBC" if loaded_engine() == mip.CBC else "HiGHS"


def _has(module: str, flag: str) -> bool:
    try:
        return bool(getattr(__import__(f"mip.{module}", fromlist=[flag]), flag))
    except (ImportError, OSError, AttributeError):
        return False
