"""Runs one command beside a running Filo, or with engines of its own while Filo is stopped.

python -m crm.running.alone manage.py backup
"""

import os
import subprocess
import sys
from pathlib import Path

from crm import engines
from crm.running import place, stopping

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Run Python with these arguments and return its exit status."""
    var = Path(os.environ.get("FILO_VAR") or ROOT / "var").absolute()
    if len(engines.addresses(var)) >= 2:
        return subprocess.run([sys.executable, *arguments], cwd=ROOT).returncode
    stopping.listen()
    holder = place.occupy(var)
    running = None
    try:
        running = engines.start(var / "engines")
        return subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **running.addresses}
        ).returncode
    except stopping.Stop:
        return 130
    finally:
        if running:
            running.stop()
        holder.close()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except engines.EngineTrouble as trouble:
        sys.exit(str(trouble))
