#!/usr/bin/env bash
# Builds every image of docker-compose.yml without an image registry: the base images, under the names by which the compose
# file and deploy/Dockerfile call them, from Debian's packages and Maven's jars; the image of Wardwatch from Python's wheels.
#
# Run it where those packages can be had (mirrors will do: apt's, pip's and Maven's own settings are used), as root on Debian,
# with mmdebstrap, Maven, Python 3.11 and a Docker engine. Carry the images to a machine without a network with
# `docker save IMAGE... | gzip` and `docker load`. A base image that exists is left alone: `docker rmi` it to build it anew.
#
# Wheels and jars are kept in ~/.cache/wardwatch (WARDWATCH_CACHE). WHEELS_PORT (18917) is a free port of this machine's loopback,
# on which the build fetches the wheels; with another port it does not find the layers of an earlier build again.
set -euo pipefail
cd "$(dirname "$0")/../.."

suite=bookworm
python=${PYTHON:-.venv/bin/python}
port=${WHEELS_PORT:-18917}
wheels=${WARDWATCH_CACHE:-$HOME/.cache/wardwatch}/wheels

say() { printf '%(%T)T %s\n' -1 "$*"; }
exists() { docker image inspect "$1" >/dev/null 2>&1; }
name_in() { sed -nE "s#^( *image:|FROM) ($1[^ ]+).*#\2#p" "$2" | head -n 1; }

# debian IMAGE PACKAGES [HOOK]: a minimal Debian with these packages becomes IMAGE, without manuals. HOOK is a shell command
# that puts more into the folder "$1".
debian() {
    local image=$1 packages=$2 hook=${3:-true} log
    log=$(mktemp)
    say "building $image"
    # From this machine's own sources where they have the suite, so that its mirrors are used; else from Debian's.
    # shellcheck disable=SC2016,SC2046 # the hook is another shell's; the file may be none at all
    mmdebstrap --variant=minbase --include="usr-is-merged,$packages" --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
        --dpkgopt=force-unsafe-io --customize-hook="$hook" --customize-hook='rm -r "$1"/usr/share/man "$1"/usr/share/locale' \
        --customize-hook='find "$1"/usr/share/doc -type f ! -name copyright -delete' "$suite" - \
        $(grep -ls "\b$suite\b" /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list | head -n 1) 2>"$log" |
        docker import - "$image" >/dev/null || { tail -n 20 "$log" >&2; exit 1; }
    rm "$log"
}

# Downloads, while the base images are unpacked.
fetch_wheels() {
    local list
    list=$("$python" -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))
ours = project["project"]
print(*ours["dependencies"], *ours["optional-dependencies"]["rights"], *ours["optional-dependencies"]["genome"],
      *project["build-system"]["requires"], sep="\n")')
    [ "$list" != "$(cat "$wheels/list.txt" 2>/dev/null)" ] || return 0
    say "fetching wheels"
    mkdir -p "$wheels"
    "$python" -m pip wheel --quiet --find-links "$wheels" --wheel-dir "$wheels" --requirement <(echo "$list")
    echo "$list" >"$wheels/list.txt"
}

kafka=$(name_in apache/kafka: docker-compose.yml)
redis=$(name_in redis: docker-compose.yml)
base=$(name_in python: deploy/Dockerfile)
ours=$(name_in wardwatch: docker-compose.yml)

"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
    { echo "the wheels have to be for Debian ${suite}'s Python 3.11: set PYTHON" >&2; exit 1; }
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
fetch_wheels &
fetching=$!

exists "$base" || debian "$base" ca-certificates,python3,python3-venv
# shellcheck disable=SC2016 # the hook is another shell's
exists "$redis" || debian "$redis" redis-server,redis-tools 'install -d -o 999 -g 999 "$1/data"'
exists "$kafka" || {
    jars=$("$python" -c 'from stream.stack.jars import kafka_jars; print(kafka_jars())')
    debian "$kafka" openjdk-17-jre-headless "install -d -o 1000 -g 1000 \"\$1/var/lib/kafka/data\" &&
        install -D -m 644 -t \"\$1/opt/kafka/libs\" '$jars'/*.jar &&
        install -D -m 755 -t \"\$1/opt/kafka/bin\" deploy/offline/kafka-bin/*.sh"
}

wait "$fetching"
say "building $ours"
"$python" -m http.server --bind 127.0.0.1 --directory "$wheels" "$port" >/dev/null 2>&1 &
server=$!
docker build --quiet --network host --build-arg TORCH_INDEX_URL= \
    --build-arg PIP_OPTIONS="--no-index --find-links http://127.0.0.1:$port/" --file deploy/Dockerfile --tag "$ours" . >/dev/null || {
    kill -0 "$server" 2>/dev/null || echo "port $port of this machine is taken: set WHEELS_PORT" >&2
    exit 1
}
for image in "$kafka" "$redis" "$ours"; do docker image inspect --format "$image: {{.Size}} bytes" "$image"; done
