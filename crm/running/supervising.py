"""Starts children, starts those again that die, stops them all."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field

from crm.engines import children
from crm.running.output import Output
from crm.running.processes import Process

FIRST_PAUSE_SECONDS = 0.5  # before a dead child is started again; doubles while it keeps dying
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60  # alive for so long: the next death is a new story
PATIENCE_SECONDS = 15.0  # for a child to stop by itself: a worker finishes its job


@dataclass
class Running:
    """One child and how often it has died lately."""

    process: Process
    child: subprocess.Popen[bytes]
    since: float = field(default_factory=time.monotonic)
    pause: float = FIRST_PAUSE_SECONDS
    due: float | None = None  # when it is to be started again; None: it lives


class Supervisor:
    """Keeps a list of processes alive. To be used from the main thread only (see children.spawn)."""

    def __init__(self, output: Output, env: dict[str, str]) -> None:
        self.output = output
        self.env = env
        self.running: list[Running] = []

    def start(self, process: Process) -> None:
        self.running.append(Running(process, self._spawn(process)))

    def tend(self) -> None:
        """Start again what has died, after a pause that grows while it keeps dying."""
        for each in self.running:
            if each.due is None and each.child.poll() is not None:
                self._mourn(each)
            elif each.due is not None and time.monotonic() >= each.due:
                each.child, each.since, each.due = self._spawn(each.process), time.monotonic(), None

    def stop(self) -> None:
        """Ask all at once, wait for each, kill what is left of their groups."""
        for each in self.running:
            if each.child.poll() is None:
                each.child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_SECONDS
        for each in self.running:
            try:
                each.child.wait(max(0.05, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.output.say("filo", f"{each.process.name} did not stop by itself.")
            children.kill_group(each.child)

    def _mourn(self, each: Running) -> None:
        children.kill_group(each.child)  # its own children would hold the port, the jobs, the database
        if time.monotonic() - each.since > STEADY_SECONDS:
            each.pause = FIRST_PAUSE_SECONDS
        ending = f"ended with {each.child.returncode}; it starts again in {each.pause:g} s."
        self.output.say("filo", f"{each.process.name} {ending}")
        each.due = time.monotonic() + each.pause
        each.pause = min(each.pause * 2, LONGEST_PAUSE_SECONDS)

    def _spawn(self, process: Process) -> subprocess.Popen[bytes]:
        reading, writing = os.pipe()
        child = children.spawn(process.command, env=self.env, output=writing)
        os.close(writing)
        self.output.follow(process.name, os.fdopen(reading, "rb"))
        return child
