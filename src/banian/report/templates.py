"""Templates of pages, read from the package that they lie in."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined


@cache
def templates_of(package: str) -> Environment:
    """Give the templates of a package, by the names of their files; what they fill in is escaped."""
    return Environment(
        loader=FunctionLoader(lambda name: files(package).joinpath(name).read_text("utf-8")),
        autoescape=True,  # names come from users
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
