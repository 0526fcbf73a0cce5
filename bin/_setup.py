"""Make .venv as a lock file says, or heal it. Standard library only: it runs before anything is installed.

    python3 bin/_setup.py requirements.lock

A stamp with the lock's hash is written last, so a half-built .venv is seen as such and finished.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PIP = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-input"]
FROM_LOCK = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r"]
LOCKS = ("requirements.lock", "requirements-dev.lock")  # the second holds all of the first


def main(lock: str) -> None:
    if is_ready(lock):
        return
    with open(ROOT / "pyproject.toml") as turn:  # two starts at the same time: the second waits, then finds it done
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not is_ready(lock):
            install(lock)


def is_ready(lock: str) -> bool:
    return any(stamp(each).exists() and stamp(each).read_text() == wanted(each) for each in LOCKS[LOCKS.index(lock) :])


def stamp(lock: str) -> Path:
    return VENV / f"{lock}.stamp"


def wanted(lock: str) -> str:
    """Return what the stamp of an installed lock says: the hash of the lock and the Python that it was made for."""
    running = (
        subprocess.run(
            [PYTHON, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True, check=False
        )
        if PYTHON.exists()
        else None
    )
    version = running.stdout.strip() if running and running.returncode == 0 else "no working Python"
    return f"{hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()} {version}\n"


def install(lock: str) -> None:
    make_venv()
    print("Installing the libraries into .venv (once; about half a minute) …", flush=True)
    done = subprocess.run([*PIP, *FROM_LOCK, ROOT / lock], check=False)
    if done.returncode:  # a broken download or a broken .venv: once more from nothing
        print("That failed. Building .venv anew …", flush=True)
        shutil.rmtree(VENV)
        make_venv()
        done = subprocess.run([*PIP, *FROM_LOCK, ROOT / lock], check=False)
    if done.returncode:
        sys.exit("The libraries could not be installed: see pip's words above (network? disk full?). Then start again.")
    for each in LOCKS[: LOCKS.index(lock) + 1]:
        stamp(each).write_text(wanted(each))


def make_venv() -> None:
    """Make .venv unless one is there that can install."""
    if (
        subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
        if PYTHON.exists()
        else False
    ):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    demand_ensurepip()
    print("Making .venv …", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(f"Could not make .venv in {ROOT}:\n{made.stdout}{made.stderr}")


def demand_ensurepip() -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415  (Debian ships it apart)
        import venv  # noqa: F401, PLC0415
    except ImportError:
        name = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        sys.exit(f"Python's venv is missing. Install it, then start again:\n\n    sudo apt-get install -y {name}\n")


if __name__ == "__main__":
    main(sys.argv[1])
