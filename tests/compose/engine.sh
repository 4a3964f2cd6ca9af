# A Docker engine for as long as the tests take, on a machine where none runs. Sourced by run.sh.
# It publishes ports and gives names to containers, and leaves this machine's bridges, routes and packet filter alone.

engine=/run/wardwatch # short, as the names of sockets have to be, and gone after a restart

# start_engine DATA: run an engine that keeps its images in DATA, and point docker at it. Calls `untested` with the reason
# when there can be none.
start_engine() {
    local data=$1 reason
    [ "$(id -u)" -eq 0 ] || untested "no Docker engine answers, and only root can start one"
    install_engine
    exec 9>"$engine.lock"
    flock 9 # one at a time
    mkdir -p "$engine" "$data"
    export DOCKER_HOST=unix://$engine/docker.sock
    trap stop_engine EXIT
    if ! docker info >/dev/null 2>&1; then # else one is left of a run that was killed: it becomes ours
        rm -f "$engine/pid"
        dockerd --data-root "$data" --exec-root "$engine/run" --pidfile "$engine/pid" --host "$DOCKER_HOST" \
            --storage-driver overlay2 --bridge none --iptables=false --ip-forward=false >"$engine/log" 2>&1 9>&- &
        for _ in $(seq 120); do
            docker info >/dev/null 2>&1 && break
            kill -0 $! 2>/dev/null || break
            sleep 0.5
        done
        docker info >/dev/null 2>&1 || untested "a Docker engine does not start here: $(tail -n 1 "$engine/log")"
    fi
    reason=$(can_run 2>&1) || untested "Docker can't run a container here: $reason"
}

install_engine() {
    local missing=() said
    command -v dockerd >/dev/null || missing+=(docker.io iptables)
    compose_program >/dev/null || missing+=(docker-compose)
    command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
    command -v mvn >/dev/null || missing+=(maven)
    [ "${#missing[@]}" -gt 0 ] || return 0
    command -v apt-get >/dev/null || untested "${missing[*]} not installed, and there is no apt-get to install it"
    echo "installing ${missing[*]}: the containers are tested with an engine of their own"
    said=$({ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}"; } 2>&1) || untested "apt-get could not install ${missing[*]}: $(tail -n 1 <<<"$said")"
}

# Whether namespaces, limits and networks are to be had: one container with nothing in it but Docker's own init.
can_run() {
    docker network create probe &&
        tar -C "$(dirname "$(command -v docker-init)")" -ch docker-init | docker import - probe &&
        docker run --rm --network probe --memory 64m --read-only probe /docker-init --version &&
        docker network rm probe && docker rmi probe
}

# Everything in this engine is the tests': only images and the layers they are built from stay.
stop_engine() {
    set +e
    local pid
    pid=$(cat "$engine/pid" 2>/dev/null) || return 0
    docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes
    docker network prune --force
    docker volume prune --force
    docker image prune --force
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
    awk -v engine="$engine/" 'index($2, engine) == 1 { print $2 }' /proc/mounts | xargs --no-run-if-empty umount
    rm -r "$engine"
} >/dev/null 2>&1
