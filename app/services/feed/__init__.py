"""The feed: every committed change exactly once, from a cursor on, for as long as it is kept."""
