"""Selling: what goes to clients, over the counter or by order, what they pay for it and bring back."""
