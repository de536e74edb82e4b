"""Where the stages meet: one file per command, each reads as the way of the data."""
