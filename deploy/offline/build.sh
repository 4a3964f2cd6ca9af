#!/usr/bin/env bash
# Builds every image of docker-compose.yml without an image registry: the base images, under the names by which the compose
# file and deploy/Dockerfile call them, from Debian's packages and Maven's jars; the image of Wardwatch from Python's wheels.
#
# Run it where those packages can be had (mirrors will do: apt's, pip's and Maven's own settings are used), as root, with
# debootstrap, Maven, Python 3.11 and a Docker engine. Carry the images to a machine without a network with
# `docker save IMAGE... | gzip` and `docker load`. A base image that exists is left alone: `docker rmi` it to build it anew.
# COMPOSE names the compose program (default: docker-compose).
set -euo pipefail
cd "$(dirname "$0")/../.."

suite=bookworm
python=${PYTHON:-.venv/bin/python}
mirror=${DEBIAN_MIRROR:-$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\(http[^ ]*\).*/\2/p' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf '\n%s\n' "$*"; }
exists() { docker image inspect "$1" >/dev/null 2>&1; }
name_in() { sed -nE "s#^( *image:|FROM) ($1[^ ]+).*#\2#p" "$2" | head -n 1; }

# A minimal Debian with these packages, in $scratch/rootfs; apt's leftovers and the manuals are not carried along.
debian() {
    debootstrap --variant=minbase --include="$1" "$suite" "$scratch/rootfs" "$mirror" >"$scratch/debootstrap.log" 2>&1 ||
        { tail -n 20 "$scratch/debootstrap.log"; exit 1; }
    rm -rf "$scratch"/rootfs/var/cache/apt/* "$scratch"/rootfs/var/lib/apt/lists/* "$scratch"/rootfs/usr/share/{doc,man,locale}/*
}

# import IMAGE [CHANGE...]: what lies in $scratch/rootfs becomes IMAGE.
import() {
    local image=$1 changes=()
    shift
    for change in "$@"; do changes+=(--change "$change"); done
    tar -C "$scratch/rootfs" --one-file-system -c . | docker import "${changes[@]}" - "$image" >/dev/null
    rm -rf "$scratch/rootfs"
    docker image inspect --format "$image: {{.Size}} bytes" "$image"
}

kafka=$(name_in apache/kafka: docker-compose.yml)
redis=$(name_in redis: docker-compose.yml)
base=$(name_in python: deploy/Dockerfile)
ours=$(name_in wardwatch: docker-compose.yml)

if ! exists "$base"; then
    say "$base from Debian's python3"
    debian ca-certificates,python3,python3-venv,libgomp1
    import "$base"
fi

if ! exists "$redis"; then
    say "$redis from Debian's redis"
    debian redis-server,redis-tools
    install -d -o 999 -g 999 "$scratch/rootfs/data"
    import "$redis" "EXPOSE 6379"
fi

if ! exists "$kafka"; then
    say "$kafka from Debian's Java and Maven's jars"
    debian ca-certificates,openjdk-17-jre-headless
    jars=$("$python" -c 'from stream.stack.jars import kafka_jars; print(kafka_jars())')
    install -d -o 1000 -g 1000 "$scratch/rootfs/var/lib/kafka/data"
    install -d "$scratch/rootfs/opt/kafka/libs" "$scratch/rootfs/opt/kafka/bin"
    cp "$jars"/*.jar "$scratch/rootfs/opt/kafka/libs"
    install -m 755 deploy/offline/kafka-bin/*.sh "$scratch/rootfs/opt/kafka/bin"
    import "$kafka" "EXPOSE 9092"
fi

say "$ours from Python's wheels"
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
    { echo "wheels for Debian $suite need Python 3.11; set PYTHON" >&2; exit 1; }
wheels=deploy/offline/wheels
if [ ! "$wheels/.complete" -nt pyproject.toml ]; then
    "$python" -m pip wheel --quiet --wheel-dir "$wheels" . 'setuptools>=77'
    rm -f "$wheels"/wardwatch-*.whl # the image gets the code itself
    touch "$wheels/.complete"
fi
TORCH_INDEX_URL='' PIP_OPTIONS=--no-index ${COMPOSE:-docker-compose} build watch
docker image inspect --format "$ours: {{.Size}} bytes" "$ours"
