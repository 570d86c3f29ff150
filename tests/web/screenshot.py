"""A picture of a running page once its chart is drawn.

screenshot.py URL OUT.png WIDTH HEIGHT [dark] [full]
"""

from __future__ import annotations

import sys

from browser import open_browser


def take(url: str, out: str, width: int, height: int, dark: bool = False, full: bool = False) -> None:
    """Write the PNG; `full` takes the whole page instead of the first screen."""
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
        page.goto(url)
        page.wait_for_selector("#chart[data-drawn] svg.main-svg", timeout=30_000)
        page.wait_for_timeout(500)
        page.screenshot(path=out, full_page=full)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    options = sys.argv[5:]
    take(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), "dark" in options, "full" in options)
