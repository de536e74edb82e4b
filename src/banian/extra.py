"""Packages that are installed only where they are wanted."""

from importlib import import_module
from types import ModuleType

from banian.errors import DependencyError


def import_extra(extra: str, module: str) -> ModuleType:
    """Import a module that an extra brings.

    Raises:
        DependencyError: the extra is not installed.

    """
    try:
        return import_module(module)
    except ImportError as error:
        raise DependencyError(
            f"The package {error.name or module} is not installed.",
            remedy=f'pip install "banian[{extra}]"',
        ) from None


def import_library(name: str) -> ModuleType:
    """Import a library that Banian can hand its results to and does not need itself.

    Raises:
        DependencyError: it is not installed.

    """
    try:
        return import_module(name)
    except ImportError:
        raise DependencyError(
            f"The package {name} is not installed.", remedy=f"pip install {name}"
        ) from None
