"""Checks of every order, and of every drug that a proposal names: allergy, kidney, results, interactions, class."""
