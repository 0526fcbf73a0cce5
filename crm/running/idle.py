"""Says whether Filo is stopped here: what bin/upgrade asks before it touches anything.

python -m crm.running.idle; 1 and a sentence while one runs.
"""

import sys

from crm.engines.whereabouts import noted, var_folder


def main() -> int:
    var = var_folder()
    if not noted(var):
        return 0
    print(f"Filo runs from {var}. Stop it first (Ctrl-C in its terminal), then upgrade.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
