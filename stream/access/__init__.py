"""Access control of a deployment: principals and their rights, passwords, certificates."""
