#!/usr/bin/env bash
# Brings the containers of docker-compose.yml up and tests them from outside: `make test-compose`.
# Uses the Docker engine that is there. Where there is none but we are root on Debian, installs one and runs it for as long
# as the tests take. Uses the images of the registry where it can be reached, else builds them (deploy/offline/build.sh).
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=${WARDWATCH_CACHE:-$HOME/.cache/wardwatch}

if ! docker info >/dev/null 2>&1; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "no Docker engine answers, and without root on Debian none can be started: the containers are NOT tested" >&2
        exit 1
    fi
    if ! command -v dockerd >/dev/null || ! command -v docker-compose >/dev/null || ! command -v debootstrap >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            docker.io docker-compose debootstrap iptables >/dev/null
    fi
    engine=$(mktemp -d)
    mkdir -p "$cache/docker"
    export DOCKER_HOST="unix://$engine/docker.sock"
    dockerd --data-root "$cache/docker" --exec-root "$engine/run" --pidfile "$engine/pid" --host "$DOCKER_HOST" \
        >"$engine/log" 2>&1 &
    dockerd=$!
    trap 'kill "$dockerd"; wait "$dockerd" || true; rm -rf "$engine"' EXIT
    for _ in $(seq 60); do docker info >/dev/null 2>&1 && break; sleep 1; done
    docker info >/dev/null 2>&1 || { tail -n 20 "$engine/log" >&2; exit 1; }
fi

compose=docker-compose
if docker compose version >/dev/null 2>&1; then compose='docker compose'; fi

if timeout 60 $compose pull --quiet kafka redis >/dev/null 2>&1; then
    $compose build watch
else
    echo "no image registry can be reached: the images are built from packages"
    COMPOSE=$compose deploy/offline/build.sh
fi

WARDWATCH_TEST_COMPOSE=$compose .venv/bin/pytest tests/compose "$@"
