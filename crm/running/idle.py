"""Says whether Filo is stopped here: what bin/upgrade asks before it touches anything.

python -m crm.running.idle; 1 and a sentence while one runs.
"""

import os
import sys
from pathlib import Path

from crm.engines.whereabouts import noted

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    var = Path(os.environ.get("FILO_VAR") or ROOT / "var").absolute()
    if not noted(var):
        return 0
    print(f"Filo runs from {var}. Stop it first (Ctrl-C in its terminal), then upgrade.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
