"""Who may do what in a deployment: principals and their rights, passwords, certificates."""
