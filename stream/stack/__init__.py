"""The servers of the embedded and the Docker-less mode: starting, stopping and preparing a broker and Redis."""
