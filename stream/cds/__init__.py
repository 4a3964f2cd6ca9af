"""CDS Hooks 2.0: what speaks against a draft order, and what is proposed, as cards in the record system."""
