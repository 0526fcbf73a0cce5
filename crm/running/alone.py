"""Runs one command beside a running Filo, or with engines of its own while Filo is stopped.

python -m crm.running.alone manage.py backup
"""

import os
import subprocess
import sys

from crm import engines
from crm.engines.whereabouts import ROOT, var_folder
from crm.running import place, stopping


def main(arguments: list[str]) -> int:
    """Run Python with these arguments and return its exit status."""
    var = var_folder()
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
