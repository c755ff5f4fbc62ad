"""Tells open browsers what changed. Reads the feed, never writes.

The way of a change: `listener` wakes, `hub` reads the feed, `doubt` says whose access is asked again first, and `pump`
writes the letters that the hub sends: `batch` has each record once, `rooms` who sees it, `reader` and `renderings` its
cells, `consequences` what follows for others through `kin`. Pages come in at `sockets`; `presence` is who is where.
"""
