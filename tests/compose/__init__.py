"""Tests from outside on the running containers of docker-compose.yml; `make test-compose` starts them."""
