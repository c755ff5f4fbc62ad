"""Tells open browsers what changed. Reads the feed, never writes."""
