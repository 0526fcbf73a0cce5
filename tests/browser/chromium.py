"""Where Chromium is on this machine.  `python -m tests.browser.chromium` installs it where that is possible."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

# The shell has the engine without the browser around it, which costs half as much again.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",  # root in a container has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # 64 MB in many containers
]
MISSING = (
    "THE BROWSER TESTS DID NOT RUN: no Chromium here. Install it (sudo apt-get install -y chromium), "
    "or name it: FILO_CHROMIUM=/path/to/chromium bin/test"
)


@functools.cache
def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome, or None. FILO_CHROMIUM wins."""
    if chosen := os.environ.get("FILO_CHROMIUM"):
        return chosen if Path(chosen).exists() else None
    return next(filter(None, map(shutil.which, NAMES)), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    shelf = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    shells = shelf.glob("chromium_headless_shell-*/*/*headless*shell")
    found = [*shelf.glob("chromium-*/chrome-linux*/chrome"), *shelf.glob("chromium-*/**/MacOS/*"), *shells]
    return str(found[-1]) if found else None


def install() -> None:
    """Install Chromium: by apt as root, else Playwright's own into the home folder. Says so when neither worked."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests (once) …", flush=True)
        _run(["apt-get", "update", "-qq"])
        for package in ("chromium-headless-shell", "chromium"):  # the first is not in every distribution
            if not find_chromium():
                _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package, "fonts-dejavu-core"])
                find_chromium.cache_clear()
    if not find_chromium():
        print("Fetching Playwright's Chromium for the browser tests (once) …", flush=True)
        _run([sys.executable, "-m", "playwright", "install", "chromium"])
    find_chromium.cache_clear()
    if not find_chromium():
        print(f"\n!!! {MISSING}\n", file=sys.stderr, flush=True)


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    )
    if done.returncode:
        print(done.stderr.strip()[-500:], file=sys.stderr)


if __name__ == "__main__" and not find_chromium():
    install()
    sys.exit(1 if not find_chromium() and os.environ.get("CI") else 0)
