"""History: what the feed tells of a record or a list, as it was then, what became of it, and how it goes back."""
