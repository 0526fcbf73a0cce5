"""The web server: `python -m crm.running.web --port 8000 crm.wsgi:application`, with all options of granian.

Filo is imported before the workers fork from here: one process wakes Django instead of each of them, they share its
memory, and one that dies is there again at once.
"""

import multiprocessing
import sys

from granian.cli import entrypoint

from crm import wsgi

__all__ = ["wsgi"]

if __name__ == "__main__":
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")  # newer Pythons would start each worker from nothing
    entrypoint()
