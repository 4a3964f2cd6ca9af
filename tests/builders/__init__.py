"""Builders of test data, fakes at the ports, and processes under test, shared by the test modules."""
