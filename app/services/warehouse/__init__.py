"""The warehouse: goods are bought, received, sent, counted and put right, each by a document with its steps."""
