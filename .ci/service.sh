# shellcheck shell=bash disable=SC2154
# Of .ci/packages and .ci/image, which say by variables what of it they need: work, a directory of their own, in which the service writes
# its log; home and databases, as they are seen from outside; package, what is tried. They put the process into service.

client="$PWD/examples/afterimage"
port=$((20000 + RANDOM % 10000))
service=
export AFTERIMAGE_URL="http://127.0.0.1:$port" AFTERIMAGE_TIMEOUT=300

say() { printf '%s: %s\n' "$package" "$*"; }
fail() {
    printf '%s: %s\n' "$package" "$*" >&2
    tail -n 30 "$work/log" >&2 || true
    exit 1
}

await_ready() {
    for ((i = 0; i < 600; i++)); do
        kill -0 "$service" 2>/dev/null || fail "the service does not start"
        ! curl -fsS "$AFTERIMAGE_URL/actuator/health/readiness" >/dev/null 2>&1 || return 0
        sleep 0.5
    done
    fail "the service is not ready after five minutes"
}

stop() {
    local status=0
    kill "$service"
    wait "$service" || status=$?
    service=
    ((status == 143)) || fail "stopped with $status"
}

# However it goes.
end_service() {
    [[ -z "$service" ]] || { kill "$service" && wait "$service"; } 2>/dev/null || true
}

has_cache() { grep -q /usr/lib/afterimage/afterimage.aot "/proc/$service/maps"; }

make_database() {
    python3 - "$databases/orders.db" <<'PYTHON'
import os, sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    db.execute("CREATE TABLE orders(id INTEGER PRIMARY KEY, data BLOB)")
    db.executemany("INSERT INTO orders(data) VALUES (?)", ((os.urandom(300),) for _ in range(5000)))
PYTHON
}

# $1 is the directory of the databases as the service sees it.
back_up_and_restore() {
    AFTERIMAGE_TOKEN="$(cat "$home/admin-token")"
    export AFTERIMAGE_TOKEN
    "$client" protect "$1/orders.db" orders >/dev/null
    "$client" backup orders --wait >/dev/null
    "$client" restore orders --to "$1/restored.db" >/dev/null
    cmp "$databases/orders.db" "$databases/restored.db"
    rm "$databases/restored.db"
}
