"""Access: who signs in and stays signed in, and what their roles may."""
