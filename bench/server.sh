# Sourced by the checks beside it: the real server on a free port, in a folder of its own that goes away at the end.
# FIELDCAST_BIN names another binary than build/release/fieldcast; KEEP=1 keeps the folder.
# shellcheck shell=bash disable=SC2119,SC2120
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
fieldcast=${FIELDCAST_BIN:-$root/build/release/fieldcast}
unset FIELDCAST_BIN # ours, not a setting of the server
folder=$(mktemp -d -t fieldcast-bench.XXXXXX)
key=$folder/signing.key
server_pid=
port=0
url=

complain() { printf '%s\n' "$*" >&2; }

end_server() {
  [[ -n $server_pid ]] || return 0
  kill -"${1:-TERM}" "$server_pid" 2>/dev/null || true
  wait "$server_pid" 2>/dev/null || true
  server_pid=
}

clean_up() {
  end_server KILL
  if [[ -n ${client_pid:-} ]]; then kill -KILL "$client_pid" 2>/dev/null || true; fi
  if [[ -n ${KEEP:-} ]]; then
    complain "kept: $folder"
  else
    rm -rf "$folder"
  fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# Starts the server, or starts it again on the same port and data. Further arguments go to it.
start_server() {
  : >"$folder/server.out" # here, not by the child: what the last server said must be gone before we look
  "$fieldcast" serve --server.address=127.0.0.1 --server.port="$port" --store.sqlite_file="$folder/fieldcast.db" \
    --access.secret_file="$key" "$@" >"$folder/server.out" 2>>"$folder/server.log" </dev/null &
  server_pid=$!
  local waited=0
  until url=$(sed -n 's/^fieldcast is listening on \(http[^ ]*\).*/\1/p' "$folder/server.out") && [[ -n $url ]]; do
    if ! kill -0 "$server_pid" 2>/dev/null || ((waited++ >= 600)); then
      complain "the server does not listen; the end of its log:"
      tail -n 20 "$folder/server.log" >&2
      exit 2
    fi
    sleep 0.05
  done
  port=${url##*:}
}

# VmRSS in KiB.
server_rss() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$server_pid/status"; }

# Seconds of CPU so far, user and system.
server_cpu() {
  local stat
  stat=$(<"/proc/$server_pid/stat")
  # shellcheck disable=SC2086 # the fields behind the name, which may hold anything
  set -- ${stat##*) }
  awk -v ticks=$((${12} + ${13})) -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f", ticks / hz }'
}

# number NAME JSON: the first number of that name.
number() { grep -o "\"$1\":[0-9.]*" <<<"$2" | head -n 1 | cut -d : -f 2; }

# expect TEXT ACTUAL WANTED
failures=0
expect() {
  if [[ $2 == "$3" ]]; then
    printf 'ok      %s: %s\n' "$1" "$2"
  else
    printf 'FAILED  %s: %s instead of %s\n' "$1" "$2" "$3"
    failures=$((failures + 1))
  fi
}

finish() {
  if ((failures > 0)); then
    complain "$failures checks failed; the end of the server's log:"
    tail -n 20 "$folder/server.log" >&2
    exit 1
  fi
  echo "all checks passed"
}

if [[ ! -x $fieldcast ]]; then
  complain "$fieldcast is missing: build it (./run does), or name another one in FIELDCAST_BIN"
  exit 2
fi
(umask 077 && "$fieldcast" token key --algorithm HS256 --out "$key" >/dev/null)
