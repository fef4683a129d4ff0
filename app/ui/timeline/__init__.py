"""The timeline: a lane a run, a tick a line, the Stop as a line across all lanes, and when each noticed it."""
