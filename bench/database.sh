# Sourced by the checks beside it: a PostgreSQL of its own in $folder, reached by a socket there.
# POSTGRES_BIN names the folder of its programs, DATABASE_OPTIONS more options of the server: with TimescaleDB there,
# DATABASE_OPTIONS='-c shared_preload_libraries=timescaledb' has it keep the history.
# shellcheck shell=bash disable=SC2154
programs=${POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
database_pid=

# Further arguments are options of the server.
start_database() {
  # PostgreSQL refuses to run as root.
  local as_postgres=()
  if ((EUID == 0)); then
    mkdir "$folder/postgres"
    chmod 711 "$folder"
    chown postgres "$folder/postgres"
    as_postgres=(setpriv --reuid postgres --regid postgres --clear-groups --pdeathsig QUIT --)
  fi
  database_folder=$folder/postgres
  mkdir -p "$database_folder"
  "${as_postgres[@]}" "$programs/initdb" -D "$database_folder/data" -U fieldcast -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
  # shellcheck disable=SC2086 # several options
  "${as_postgres[@]}" "$programs/postgres" -D "$database_folder/data" -k "$database_folder" -h '' "$@" ${DATABASE_OPTIONS:-} \
    >"$database_folder/log" 2>&1 &
  database_pid=$!
  until "$programs/pg_isready" -q -h "$database_folder"; do
    kill -0 "$database_pid" 2>/dev/null || { cat "$database_folder/log" >&2; exit 2; }
    sleep 0.1
  done
}

end_database() {
  [[ -n $database_pid ]] || return 0
  kill -QUIT "$database_pid" 2>/dev/null || true
  wait "$database_pid" 2>/dev/null || true
  database_pid=
}

# query SQL [DATABASE=postgres]
query() { "$programs/psql" "host=$database_folder user=fieldcast dbname=${2:-postgres}" -v ON_ERROR_STOP=1 -qtAXc "$1"; }

# Seconds of CPU of the server's processes so far, those that have ended included.
database_cpu() {
  local pid ticks=0 stat
  for pid in "$database_pid" $(<"/proc/$database_pid/task/$database_pid/children"); do
    stat=$(<"/proc/$pid/stat") || continue
    # shellcheck disable=SC2086 # the fields behind the name, which may hold anything
    set -- ${stat##*) }
    ticks=$((ticks + ${12} + ${13}))
    if [[ $pid == "$database_pid" ]]; then ticks=$((ticks + ${14} + ${15})); fi
  done
  awk -v ticks="$ticks" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f", ticks / hz }'
}

# synthetic_day DAY AGENTS FIXES [DATABASE]: agents staff-1 to staff-AGENTS, each with FIXES fixes every 30 s from 10:00 (UTC) on,
# circling about a home in a city some 40 km across. Every fix comes in the order of time, as phones send them.
synthetic_day() {
  query "SELECT fieldcast_ensure_day('$1')" "${4:-postgres}" >/dev/null
  query "INSERT INTO positions (agent_id, recorded_at, received_at, latitude, longitude, accuracy_m, speed_mps, heading_deg, battery, activity)
    SELECT id, timestamptz '$1 10:00Z' + n * interval '30 s' + a * interval '10 ms', timestamptz '$1 10:00Z' + n * interval '30 s' + a * interval '10 ms',
           12.97 + 0.18 * sin(a * 12.9898) + 0.05 * sin(n / (40 + a % 97) + a) + 0.02 * sin(n / 13.0 + a),
           77.59 + 0.18 * sin(a * 78.233) + 0.05 * cos(n / (40 + a % 89) + a) + 0.02 * cos(n / 17.0 + a), 5, 7, 90, 0.5, 4
    FROM generate_series(0, $3 - 1) n,
         (SELECT id, substr(agent, 7)::int AS a FROM agents WHERE agent LIKE 'staff-%' ORDER BY id LIMIT $2) staff" "${4:-postgres}"
}
synthetic_agents() {
  query "INSERT INTO agents (org, agent, team, name) SELECT 'default', 'staff-' || a, 'team-' || a % 40, '' FROM generate_series(1, $1) a" "${2:-postgres}"
}
