"""What Clp's solver object (OsiClpSolverInterface) can do and CBC's C interface does not pass on.

A method that takes plain pointers is called as a C function, by the name that g++ and clang give it. Where a library does
not have it, such as Microsoft's compiler's, CBC does without.
"""

from collections.abc import Callable
from functools import cache

import mip

_SET_BASIS = "_ZN21OsiClpSolverInterface14setBasisStatusEPKiS1_"
_GET_BASIS = "_ZNK21OsiClpSolverInterface14getBasisStatusEPiS0_"


@cache
def _declared() -> None:
    mip.cbc.ffi.cdef(f"int {_SET_BASIS}(void *solver, const int *columns, const int *rows);")
    mip.cbc.ffi.cdef(f"void {_GET_BASIS}(void *solver, int *columns, int *rows);")


def set_basis() -> Callable[..., int] | None:
    """Says from which basis the next linear program begins (solver object, statuses of columns, of rows)."""
    _declared()
    return getattr(mip.cbc.cbclib, _SET_BASIS, None)


def get_basis() -> Callable[..., None] | None:
    """Tells the basis of the last linear program (solver object, where statuses of columns and of rows are written)."""
    _declared()
    return getattr(mip.cbc.cbclib, _GET_BASIS, None)
