"""The log: what it holds, and the table that shows the rows of it that are on the screen."""
