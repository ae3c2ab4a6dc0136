"""The command line: as the script `twingraph`, and as `python -m twingraph` where no script is installed."""

import sys


def run() -> None:
    """Run it; Ctrl-C ends it without a traceback, also while it is still being loaded."""
    try:
        from twingraph.cli import main  # noqa: PLC0415 - what takes a second to load

        main()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    run()
