"""TOML documents: worker sets and settings; no Qt."""
