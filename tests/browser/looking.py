"""What each screen must pass, whatever it shows, and how it is looked at."""

import os
from itertools import product
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

SERIOUS = ("serious", "critical")
SIZES = {1440: 900, 390: 844}  # the usual screen, and the narrowest that we promise
SHADES = ("light", "dark")
# axe and the four looks take a third of the browser tests' time. bin/test asks of each screen whether it fits a phone,
# and lets axe see the gallery, which has every component; FILO_LOOK=all, as in bin/check, looks at every screen in both
# shades at both widths with axe and its contrast, as does who wants pictures.
LOOKS_AT_ALL = os.environ.get("FILO_LOOK") == "all" or "FILO_SHOTS" in os.environ

# Colours that still fade have no contrast yet: two frames for a change to begin, then until what began has ended.
AT_REST = """async () => {
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  const fading = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
  await Promise.allSettled(fading.map((one) => one.finished));
}"""
HAS_AXE = "typeof axe !== 'undefined'"
RUN_AXE = """(has_contrast) => axe.run({
  resultTypes: ["violations"], preload: false, rules: {"color-contrast": {enabled: has_contrast}},
}).then((found) => found.violations)"""
NO_MARKS = "for (const one of document.querySelectorAll('[style=\"\"]')) one.removeAttribute('style')"  # axe's own


def look(page, name: str) -> None:
    """One heading, nothing overflows a phone; where all is looked at: wide and narrow, light and dark, with axe.

    FILO_SHOTS keeps pictures.
    """
    assert page.locator("h1:visible").count() == 1
    if LOOKS_AT_ALL:
        for width, shade in product(SIZES, SHADES):
            set_size(page, width)
            set_shade(page, shade)
            assert_fits(page)
            picture(page, f"{name}-{width}-{shade}", full_page=width == 390)
            assert_accessible(page)
        set_shade(page, "light")
    else:
        phone(page)
        assert_fits(page)
    set_size(page, 1440)


def assert_accessible(page) -> None:
    """Let axe look at the page once it is at rest: nothing serious or critical."""
    page.evaluate(AT_REST)
    if not page.evaluate(HAS_AXE):
        page.evaluate(Axe().axe_script)
    told = [
        f"{each['id']} ({each['impact']}): {each['help']}\n    "
        + "\n    ".join(node["html"] for node in each["nodes"][:5])
        for each in page.evaluate(RUN_AXE, LOOKS_AT_ALL)
        if each["impact"] in SERIOUS
    ]
    page.evaluate(NO_MARKS)
    assert not told, "axe found:\n" + "\n".join(told)


def assert_fits(page) -> None:
    """Nothing makes the page scroll sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than the screen"


def set_shade(page, shade: str) -> None:
    """The reader's system is light or dark, and still."""
    page.emulate_media(color_scheme=shade, reduced_motion="reduce")


def set_size(page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": SIZES[width]})


def phone(page) -> None:
    """The narrowest screen that we promise."""
    set_size(page, 390)


def picture(page, name: str, **how) -> None:
    """Keep a picture for eyes when FILO_SHOTS names a folder."""
    if folder := os.environ.get("FILO_SHOTS"):
        page.evaluate(AT_REST)
        page.screenshot(path=Path(folder) / f"{name}.png", **how)
