"""Reports of a session: a page, Markdown, JUnit XML, CSV of the runs, and a trace; each from its report, as bytes."""
