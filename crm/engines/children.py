"""Child processes that never outlive their parent, and PostgreSQL's refusal to run as root."""

import contextlib
import ctypes
import functools
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
NOBODY = 65534

# Loaded before any fork: between fork and exec a child must not import or open anything it can avoid.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    args: Sequence[str | Path],
    *,
    stop: signal.Signals = signal.SIGTERM,
    rank: str = "self",
    env: dict[str, str] | None = None,
    output: IO[bytes] | int | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own that gets `stop` when this process dies, however it dies.

    Call it from the main thread only: Linux sends that signal when the *thread* that forked ends.
    rank: "self", or one of the ways of `postgres_rank()`. output: file or descriptor for both streams.
    """
    return subprocess.Popen(
        [str(arg) for arg in args],
        preexec_fn=functools.partial(_become, rank, stop, os.getpid()),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=env,
        cwd=cwd,
    )


def run_as(rank: str, args: Sequence[str | Path], **options: object) -> subprocess.CompletedProcess[str]:
    """Run a program to its end under the given rank; both streams are captured as text."""
    become = functools.partial(_become, rank, signal.SIGTERM, os.getpid())
    return subprocess.run([str(arg) for arg in args], preexec_fn=become, capture_output=True, text=True, **options)  # type: ignore[call-overload]


@functools.cache
def postgres_rank() -> str:
    """Return how PostgreSQL starts here: "self", "namespace" (root, cloaked) or "nobody" (root, stepped down)."""
    if os.geteuid() != 0:
        return "self"
    try:
        run_as("namespace", ["true"], check=True)
    except (OSError, subprocess.SubprocessError):
        return "nobody"
    return "namespace"


def stop_group(child: subprocess.Popen[bytes], how: signal.Signals, *, patience_seconds: float = 10) -> None:
    """Signal the child itself, wait, then kill whatever is left of its group."""
    if child.poll() is None:
        child.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience_seconds)
    kill_group(child)


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and all that it started; nothing happens when none is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _become(rank: str, stop: signal.Signals, parent: int) -> None:
    os.setsid()
    if rank == "namespace":
        _enter_namespace()
    elif rank == "nobody":
        _step_down()
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(stop))  # after the change of user, which clears it
        if os.getppid() != parent:  # the parent died in between
            os._exit(1)


def _enter_namespace() -> None:
    """Be "nobody" inside a private user namespace while the files outside stay root's."""
    if _libc is None:
        raise OSError("user namespaces exist on Linux only")
    uid, gid = os.geteuid(), os.getegid()
    if _libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1")


def _step_down() -> None:
    user = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
