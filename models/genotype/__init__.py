"""Genotypes of pharmacogenes: from the variants of a genome to diplotypes, phenotypes and activity scores of CPIC."""
