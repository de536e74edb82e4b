"""`python -m banian` is the command `banian`."""

from banian.cli import main

main()
