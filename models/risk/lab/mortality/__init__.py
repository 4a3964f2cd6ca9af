"""Death in hospital as an outcome: its data, trees, figures and card."""
