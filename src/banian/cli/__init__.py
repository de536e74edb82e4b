"""The command line: parses, calls a workflow, prints."""

from banian.cli.interrupt import leave_at_once


def main() -> None:
    """Run the command line and exit: 2 is a wrong usage; `with_exit_code` gives the other codes."""
    leave_at_once()
    from banian.cli.main import app  # takes most of the start

    app()
