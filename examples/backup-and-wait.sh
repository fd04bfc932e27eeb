#!/bin/sh
# Backs up a registered database, waits for the end, and downloads the snapshot.
#
#   backup-and-wait.sh DATABASE [FILE]      FILE: default DATABASE.db
#
# AFTERIMAGE_URL      where the service is; default http://127.0.0.1:8080
# AFTERIMAGE_TOKEN    a token of scope OPERATE
# AFTERIMAGE_KEY      Idempotency-Key: run again with the same key, it tells of the same backup, also when that FAILED;
#                     default: a new one
# AFTERIMAGE_TIMEOUT  seconds to wait for the backup; default 3600
#
# Prints the snapshot's id. A proxy's user and password may be in ~/.netrc. Exit codes:
#   0  FILE is the snapshot, and has its SHA-256
#   1  the service refused or cannot be reached, or the backup FAILED or was cancelled; standard error says why
#   2  wrong use
#   3  the backup had not ended in time; it goes on
#   4  the download is not what the service has
# With another exit code than 0, FILE is as it was before.
set -eu

say() { echo "backup-and-wait: $*" >&2; }

if [ $# -lt 1 ] || [ $# -gt 2 ] || [ -z "$1" ]; then
    say "usage: $0 DATABASE [FILE]"
    exit 2
fi
for command in curl jq sha256sum; do
    command -v "$command" > /dev/null || { say "$command is needed"; exit 2; }
done

database=$(jq -rn --arg name "$1" '$name | @uri')
file=${2:-$1.db}
api=${AFTERIMAGE_URL:-http://127.0.0.1:8080}/api/v1
timeout=${AFTERIMAGE_TIMEOUT:-3600}
key=${AFTERIMAGE_KEY:-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')}

answer=$(mktemp)
header=$(mktemp) # what stands on a command line can be seen by all
trap 'rm -f "$answer" "$header" "$file.part"' EXIT
trap 'exit 1' HUP INT TERM
echo "X-API-Key: ${AFTERIMAGE_TOKEN:-}" > "$header"

# The answer's body goes into $answer. The key makes it safe to send a submission once more.
ask() {
    status=$(curl -sS --netrc-optional -H "@$header" --retry 3 --retry-connrefused -o "$answer" -w '%{http_code}' "$@") || {
        say "no answer from $api"
        exit 1
    }
    case $status in
        2??) ;;
        *) tell . "HTTP $status"; exit 1 ;;
    esac
}

# Says what a problem in the answer means; $2 when there is none, as from a proxy.
tell() {
    problem=$(jq -r "$1"' | "\(.code // empty): \(.detail)\n\(.hint)"' "$answer" 2> /dev/null) || problem=
    say "${problem:-$2}"
}

ask -X POST -H "Idempotency-Key: $key" "$api/databases/$database/backups"
job=$(jq -r .id "$answer")

end=$(($(date +%s) + timeout))
state=QUEUED
while [ "$state" = QUEUED ] || [ "$state" = RUNNING ]; do
    left=$((end - $(date +%s)))
    if [ "$left" -le 0 ]; then
        say "job $job is still $state after $timeout s"
        exit 3
    fi
    ask "$api/jobs/$job?wait=$((left < 30 ? left : 30))s"
    state=$(jq -r .state "$answer")
done
if [ "$state" != SUCCEEDED ]; then
    say "job $job: $state"
    if [ "$state" = FAILED ]; then
        tell .problem "it tells no reason"
    fi
    exit 1
fi
snapshot=$(jq -r .result.snapshotId "$answer")

ask "$api/snapshots/$snapshot"
sha256=$(jq -r .sha256 "$answer")
status=$(curl -sS --netrc-optional -H "@$header" --retry 3 --retry-connrefused \
    -o "$file.part" -w '%{http_code}' "$api/snapshots/$snapshot/content") || status="broken off after $status"
if [ "$status" != 200 ]; then
    say "the download of snapshot $snapshot failed: $status"
    exit 4
fi
if [ "$(sha256sum < "$file.part" | cut -d ' ' -f 1)" != "$sha256" ]; then
    say "the download of snapshot $snapshot has not the SHA-256 $sha256"
    exit 4
fi
mv "$file.part" "$file"
echo "$snapshot"
