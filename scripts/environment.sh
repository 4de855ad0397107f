# Sourced by ./run, ./test and scripts/*: where we are, which Node, how to speak.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit
mkdir -p build

# Node of this project, where the machine's own is too old (see scripts/setup).
project_node="$root/build/node/node_modules/.bin"
if [[ -x $project_node/node ]]; then PATH="$project_node:$PATH"; fi
export PATH NO_COLOR=1 npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }

# quietly LOG COMMAND…: output goes to the log; when the command fails its end is shown.
quietly() {
  local log=$1 status=0
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    complain "failed: $*"
    tail -n 60 "$log" | sed 's/^/  | /' >&2
    complain "  (all of it: ${log#"$root"/})"
  fi
  return "$status"
}

# One checksum over the contents and names of files and folders, whatever their times.
checksum_of() {
  find "$@" \( -name node_modules -o -name dist -o -name test-results \) -prune -o -type f -print0 2>/dev/null |
    LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -d' ' -f1
}

# once STAMP CHECKSUM COMMAND…: runs the command unless it succeeded before for the same checksum.
once() {
  local stamp="build/stamps/$1" checksum=$2
  shift 2
  if [[ -f $stamp && $(<"$stamp") == "$checksum" ]]; then return 0; fi
  rm -f "$stamp"
  "$@" || return
  mkdir -p build/stamps
  printf '%s\n' "$checksum" >"$stamp"
}

install_npm_packages() {
  [[ -f package.json ]] || return 0
  [[ -d node_modules ]] || rm -f build/stamps/npm
  once npm "$(node --version) $(checksum_of package.json package-lock.json web/package.json sdk/package.json)" \
    quietly build/log/npm-ci.log npm ci
}

# web/dist: the dashboard as the server serves it.
build_web() {
  [[ -f package.json && -d web ]] || return 0
  [[ -f web/dist/index.html ]] || rm -f build/stamps/web
  once web "$(node --version) $(checksum_of package.json package-lock.json web sdk)" \
    quietly build/log/web-build.log npm run build
}
