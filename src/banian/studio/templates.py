"""Templates of the pages, with whatever a user called something escaped."""

from banian.report.templates import templates_of


def render(name: str, **values: object) -> str:
    """Fill in a template."""
    return templates_of("banian.studio").get_template(name).render(**values)
