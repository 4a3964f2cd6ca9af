"""Sepsis as an outcome: stays of the PhysioNet/CinC Challenge 2019, its utility, teachers, figures and card."""
