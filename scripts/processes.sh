# Sourced by scripts/cluster: processes that outlive the command that starts them, known by name.
# $dir/run/NAME holds "PID START", so that a number used again is nobody we know; $dir/log/NAME.log what it says.
# shellcheck shell=bash disable=SC2154

# When the process began, in ticks; nothing when it is gone, or dead and not yet collected.
began() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # shellcheck disable=SC2086 # the fields behind the name, which may hold anything
  set -- ${stat##*) }
  if [[ $1 != [ZX] ]]; then printf '%s' "${20}"; fi
}

pid_of() { if [[ -f $dir/run/$1 ]]; then cut -d' ' -f1 "$dir/run/$1"; fi; }

alive() {
  local pid start
  if [[ ! -f $dir/run/$1 ]]; then return 1; fi
  read -r pid start <"$dir/run/$1"
  [[ -n $start && $(began "$pid") == "$start" ]]
}

# launch NAME COMMAND…: in a session of its own, without our lock.
launch() {
  local name=$1
  shift
  setsid "$@" >>"$dir/log/$name.log" 2>&1 </dev/null 9>&- &
  local pid=$!
  disown "$pid"
  printf '%s %s\n' "$pid" "$(began "$pid")" >"$dir/run/$name"
}

signal() { if alive "$2"; then kill -"$1" "$(pid_of "$2")" 2>/dev/null || true; fi; }

# gone NAME SECONDS: waits for its end, and makes one after that time.
gone() {
  local tenths=$(($2 * 10)) waited=0
  while alive "$1" && ((waited++ < tenths)); do sleep 0.1; done
  if alive "$1"; then
    complain "$1 did not end within $2 s and was killed"
    signal KILL "$1"
    while alive "$1"; do sleep 0.1; done
  fi
  rm -f "$dir/run/$1"
}

# ready NAME COMMAND…: the command succeeds within a minute while the process lives.
ready() {
  local name=$1 waited=0
  shift
  until "$@" >/dev/null 2>&1; do
    if ! alive "$name" || ((waited++ >= 600)); then
      complain "the end of $dir/log/$name.log:"
      tail -n 20 "$dir/log/$name.log" >&2
      die "$name did not become ready"
    fi
    sleep 0.1
  done
}
