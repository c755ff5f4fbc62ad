"""Stock: the ledger of quantities, the only code that changes one, and what is read from it."""
