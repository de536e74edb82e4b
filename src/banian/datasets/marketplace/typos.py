"""Slips of people who type."""


def mistype(text: str, part: float) -> str:
    """Leave out a letter, type it twice, or swap it with the next; a number in [0, 1) says which, and where.

    >>> mistype("kettle", 0.1), mistype("kettle", 0.4), mistype("kettle", 0.95)
    ('kttle', 'keettle', 'kettel')
    """
    if len(text) < 2:
        return text
    slip, where = divmod(3 * part, 1)
    at = int(where * (len(text) - 1))
    if slip < 1:
        return text[:at] + text[at + 1 :]
    if slip < 2:
        return text[: at + 1] + text[at:]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
