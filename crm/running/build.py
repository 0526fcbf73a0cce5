"""What is made from sources before anything runs: `python -m crm.running.build`."""

import sys

from crm.running import css, scripts, words


def build() -> None:
    scripts.build()
    css.build()
    words.compile_changed()


if __name__ == "__main__":
    try:
        build()
    except RuntimeError as error:
        sys.exit(str(error))
