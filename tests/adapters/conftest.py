"""The adapters' runs live in this process's engine and in the piped one as well."""

from tests.core.conftest import core, pytest_generate_tests

__all__ = ["core", "pytest_generate_tests"]
