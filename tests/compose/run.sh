#!/usr/bin/env bash
# Brings the containers of docker-compose.yml up and tests them from outside: `make test-compose`.
#
# Uses the Docker engine that answers, with the registry's images where it can be reached. Where none answers but we are root
# on Debian, runs one for as long as the tests take, with images built from packages (deploy/offline/build.sh). Images, layers,
# wheels and jars stay in ~/.cache/wardwatch (WARDWATCH_CACHE) for the next run.
# Ends with 69, having said why, when there can be no engine.
# shellcheck disable=SC2086 # $compose may be two words
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/compose/engine.sh

untested() {
    echo "the containers are NOT tested: $*" >&2
    exit 69
}

compose_program() {
    if docker compose version >/dev/null 2>&1; then
        echo docker compose
    else
        command -v docker-compose
    fi
}

if docker info >/dev/null 2>&1; then
    compose=$(compose_program) || untested "Docker answers, but neither Compose v2 nor docker-compose is installed"
    registry=yes
    timeout 60 $compose pull --quiet kafka redis >/dev/null 2>&1 || registry=no
else
    start_engine "${WARDWATCH_CACHE:-$HOME/.cache/wardwatch}/docker"
    compose=$(compose_program)
    registry=no
fi

if [ "$registry" = yes ]; then
    $compose build watch
else
    deploy/offline/build.sh
fi
WARDWATCH_TEST_COMPOSE=$compose .venv/bin/pytest tests/compose "$@"
