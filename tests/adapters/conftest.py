"""The adapters' runs live in both engines as well."""

from tests.core.conftest import core

__all__ = ["core"]
