"""The page's own files and the chart library that the PyPI package plotly brings along."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from .reply import Body, make_body

# The chart library changes only when the package is upgraded; a day old is new enough.
LIBRARY_CACHE = "public, max-age=86400"
NO_LIBRARY = b'console.warn("HEMS: the Python package plotly is not installed, so there is no chart.");'


def load_assets(folder: Path) -> dict[str, Body]:
    """Read and compress everything that does not change: route -> body. Takes about half a second."""
    return {
        "hems": make_body((folder / "page.html").read_bytes(), "text/html; charset=utf-8"),
        "hems_css": make_body((folder / "page.css").read_bytes(), "text/css; charset=utf-8"),
        "hems_js": make_body((folder / "page.js").read_bytes(), "text/javascript; charset=utf-8"),
        "hems_plotly": make_body(_plotly_js(), "text/javascript; charset=utf-8", LIBRARY_CACHE),
    }


def _plotly_js() -> bytes:
    """plotly.min.js; a one-line warning instead where the package is missing: tables work without a chart.

    The file is read without importing plotly, which would cost time and memory for nothing.
    """
    spec = find_spec("plotly")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "package_data" / "plotly.min.js"
        if file.is_file():
            return file.read_bytes()
    return NO_LIBRARY
