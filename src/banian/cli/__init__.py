"""The command line: parses, calls a workflow, prints."""

import sys


def main() -> None:
    """Run the command line and exit: 2 is a wrong usage; `answering` gives the other codes."""
    try:
        from banian.cli.main import app  # takes most of the start, and may be interrupted, too

        app()
    except KeyboardInterrupt:
        sys.exit(130)
