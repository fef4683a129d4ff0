"""The session browser: which sessions there are, what was noted in them, two of them side by side."""
