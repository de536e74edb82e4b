"""Shapes that a module declares are checked at run time."""

from pathlib import Path

import banian

SOURCE = Path(banian.__file__).parent


def test_every_module_that_declares_shapes_is_checked(request):
    checked = request.config.getoption("jaxtyping_packages").split(",")[:-1]  # the last one checks
    for file in SOURCE.rglob("*.py"):
        if "from jaxtyping import" in file.read_text():
            name = ".".join(("banian", *file.relative_to(SOURCE).with_suffix("").parts))
            assert any(f"{name}.".startswith(f"{package}.") for package in checked), name
