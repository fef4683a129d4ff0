"""Thread Controller: start threads, ask them to stop, and see exactly when each one noticed."""

__version__ = "0.1.0"
