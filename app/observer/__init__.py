"""What is carried into other programs and sees their threads; the standard library only, relative imports only.

It imports as little as it can: a program may have a ``json.py`` or a ``queue.py`` of its own, and must get that one.
"""
