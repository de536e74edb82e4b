"""Why reading or writing failed, in a few words."""


def reason_of(error: Exception) -> str:
    """Give what the system says of an error, else what the error says itself.

    >>> reason_of(OSError(28, "No space left on device")), reason_of(ValueError("no such type"))
    ('No space left on device', 'no such type')
    """
    return getattr(error, "strerror", None) or str(error)
