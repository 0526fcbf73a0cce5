"""Asks the database of known vulnerabilities about everything that the locks name: `python -m tests.auditing`.

Red when it knows something against a version that we install. Where it cannot be reached, nothing was audited: that is
said loudly, and is no fault of the code. --database URL --lock FILE: another one, for tests.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
DATABASE = "https://api.osv.dev/v1/query"  # holds Python's own advisories and GitHub's
# Only what is read from the locks: no pip, no resolving, no index.
AUDIT = (sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--vulnerability-service", "osv")
QUIETLY = ("--progress-spinner", "off", "--timeout", "10", "--format", "json")
OUT_OF_REACH = ("requests.exceptions.", "ConnectionError", "ServiceError", "Could not connect")


def main() -> int:
    """Audit each lock and say so; return how the process should end."""
    options = argparse.ArgumentParser()
    options.add_argument("--database", default=DATABASE)
    options.add_argument("--lock", action="append", type=Path)
    asked = options.parse_args()
    return max(audit(lock, asked.database) for lock in asked.lock or [ROOT / name for name in LOCKS])


def audit(lock: Path, database: str) -> int:
    """Return 0 unless something is known against a version that this lock names, or the lock cannot be read."""
    command = [*AUDIT, "--osv-url", database, *QUIETLY, "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "ignore"})
    if not done.stdout.strip():
        return _unheard(lock, done.stderr)
    answered = json.loads(done.stdout)["dependencies"]
    known = [f"{each['name']} {each['version']}: {_words(one)}" for each in answered for one in each.get("vulns", ())]
    skipped = [f"{each['name']}: {each['skip_reason']}" for each in answered if "skip_reason" in each]
    print(f"{lock.name}: {len(answered) - len(skipped)} libraries audited, {len(known)} vulnerabilities known.")
    for line in known + [f"not audited: {each}" for each in skipped]:
        print(line)
    return 1 if known else 0


def _unheard(lock: Path, said: str) -> int:
    """Tell why there is no answer: an unreachable database is loud, everything else is an error."""
    reason = said.strip().splitlines()[-1] if said.strip() else "pip-audit said nothing."
    if any(word in said for word in OUT_OF_REACH):
        print(f"!!! {lock.name}: NOTHING WAS AUDITED, the database of vulnerabilities cannot be reached.\n!!! {reason}")
        return 0
    print(f"{lock.name} could not be audited: {reason}")
    return 1


def _words(vulnerability: dict) -> str:
    mended = ", ".join(vulnerability["fix_versions"]) or "none yet"
    return f"{vulnerability['id']} (mended in: {mended}) {vulnerability['description'][:200]}"


if __name__ == "__main__":
    sys.exit(main())
