"""The broker: how to reach it safely, its topics, what a group has committed."""
