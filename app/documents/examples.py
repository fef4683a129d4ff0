"""The built-in examples: worker sets among our resources."""

from pathlib import Path

from app.resource_files import resource


def example_paths() -> dict[str, Path]:
    """Return the built-in examples, name to file, in alphabetical order; any thread."""
    return {path.stem: path for path in sorted(resource("examples").glob("*.toml"))}
