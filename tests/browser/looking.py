"""What each screen must pass, whatever it shows."""

from axe_playwright_python.sync_playwright import Axe

SERIOUS = ("serious", "critical")


# Colours that still fade have no contrast yet: two frames for a change to begin, then until what began has ended.
AT_REST = """async () => {
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  const fading = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
  await Promise.allSettled(fading.map((one) => one.finished));
}"""


def assert_accessible(page) -> None:
    """Let axe look at the page once it is at rest: nothing serious or critical."""
    page.evaluate(AT_REST)
    found = Axe().run(page).response["violations"]
    told = [
        f"{each['id']} ({each['impact']}): {each['help']}\n    "
        + "\n    ".join(node["html"] for node in each["nodes"][:5])
        for each in found
        if each["impact"] in SERIOUS
    ]
    assert not told, "axe found:\n" + "\n".join(told)


def dark(page) -> None:
    """The reader's system is dark."""
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")


def phone(page) -> None:
    """The narrowest screen that we promise."""
    page.set_viewport_size({"width": 390, "height": 844})


def assert_fits(page) -> None:
    """Nothing makes the page scroll sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than the screen"
