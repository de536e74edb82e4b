"""The command line: parses, calls a workflow, prints."""

from banian.cli.main import main as main
