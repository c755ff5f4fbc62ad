"""Screens: requests in, service calls, errors out."""
