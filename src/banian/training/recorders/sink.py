"""The contract of recorders that write to a file or a server."""

from abc import abstractmethod

from banian.training.recorder import AbstractRecorder


class AbstractSink(AbstractRecorder):
    """Writes down what it hears; nothing is opened before the first event."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What people call it."""

    @abstractmethod
    def close(self, *, failed: bool) -> None:
        """Hear that the run is over, as planned or not."""
