"""How the tables of alleles come from CPIC's data. No worker and no genotype needs it."""
