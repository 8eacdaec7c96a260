#!/usr/bin/env bash
# Gets and starts the servers the tests use, on loopback, and tells where they are.
#
#   services.sh up [SERVICE...]    get, start and wait for these (default: all); those that run already are left alone
#   services.sh env                VARIABLE=value lines for `eval`, of the servers that run
#   services.sh down [--wipe]      stop them all; with --wipe forget their data too
#
# ATELIER_SERVICES_HOME          where everything is kept (default: .services beside the workspace's Cargo.toml)
# ATELIER_SERVICES_PORT_OFFSET   added to every port, so that two checkouts can run side by side (default: 0)
#
# A server NAME is three functions: get_NAME (download; must be repeatable), start_NAME (call `background NAME command...`, then
# `wait_for NAME seconds command...`) and env_NAME (print its variables). Add NAME to `services`.
set -euo pipefail

services=(smtp)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${ATELIER_SERVICES_HOME:-$here/../../.services}
mkdir -p "$home/run"
home=$(cd "$home" && pwd)
run=$home/run
offset=${ATELIER_SERVICES_PORT_OFFSET:-0}

say() { echo "services: $*" >&2; }
die() { say "$*"; exit 1; }

# --- processes -------------------------------------------------------------------------------------------------------------------------

# The start time of a process, so that its number is not taken for somebody else's after a restart of the machine.
started_at() { # pid
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

alive() { # name
  local pid start
  [ -f "$run/$1.pid" ] && read -r pid start <"$run/$1.pid" && [ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ]
}

background() { # name command...
  local name=$1 pid
  shift
  # A session of its own, so that `down` reaches its children too; without the lock's file descriptor, or it would hold the lock.
  setsid "$@" >"$run/$name.log" 2>&1 </dev/null 9>&- &
  pid=$!
  echo "$pid $(started_at "$pid")" >"$run/$name.pid"
}

wait_for() { # name seconds command...
  local name=$1 seconds=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    if ! alive "$name" || [ "$SECONDS" -ge "$end" ]; then
      say "$name did not get ready; its last words:"
      tail -n 10 "$run/$name.log" >&2
      stop "$name"
      return 1
    fi
    sleep 0.1
  done
}

stop() { # name
  local pid start
  if alive "$1"; then
    read -r pid start <"$run/$1.pid"
    kill -TERM -- "-$pid" 2>/dev/null || true
    for _ in $(seq 100); do
      alive "$1" || break
      sleep 0.1
    done
    if alive "$1"; then
      kill -KILL -- "-$pid" 2>/dev/null || true
    fi
    say "$1 stopped"
  fi
  rm -f "$run/$1.pid"
}

# --- Python packages -------------------------------------------------------------------------------------------------------------------

python=$home/venv/bin/python

# Installs into the virtual environment unless it was done already.
python_package() { # requirement
  [ -x "$python" ] || python3 -m venv "$home/venv" || die "python3 with its venv module is needed (Debian: apt-get install python3-venv)"
  local mark=$home/venv/installed-$1
  [ -f "$mark" ] && return
  say "installing $1"
  "$python" -m pip install --quiet --disable-pip-version-check "$1"
  touch "$mark"
}

# --- smtp: keeps every mail in memory and shows it over HTTP ---------------------------------------------------------------------------

smtp_port=$((31025 + offset))
inbox_port=$((38025 + offset))
inbox=http://127.0.0.1:$inbox_port/mails

get_smtp() { python_package aiosmtpd==1.4.6; }

start_smtp() {
  background smtp "$python" "$here/smtp_sink.py" --smtp-port "$smtp_port" --inbox-port "$inbox_port" --user atelier --password letters
  wait_for smtp 20 "$python" -c "import urllib.request; urllib.request.urlopen('$inbox', timeout=2)"
}

env_smtp() {
  echo "TEST_SMTP_URL=smtp://atelier:letters@127.0.0.1:$smtp_port"
  echo "TEST_SMTP_INBOX=$inbox"
}

# --- commands --------------------------------------------------------------------------------------------------------------------------

known() { # name
  local name
  for name in "${services[@]}"; do
    [ "$name" = "$1" ] && return
  done
  die "no service is called $1; there are: ${services[*]}"
}

up() { # names...
  local name
  for name in "$@"; do
    known "$name"
  done
  exec 9>"$home/lock"
  flock 9
  for name in "$@"; do
    alive "$name" && continue
    "get_$name"
    "start_$name"
    say "$name is ready"
  done
}

case ${1:-} in
up)
  shift
  [ $# -gt 0 ] || set -- "${services[@]}"
  up "$@"
  ;;
env)
  for name in "${services[@]}"; do
    if alive "$name"; then "env_$name"; fi
  done
  ;;
down)
  exec 9>"$home/lock"
  flock 9
  for name in "${services[@]}"; do
    stop "$name"
  done
  if [ "${2:-}" = --wipe ]; then rm -rf "$run"; fi
  ;;
*)
  sed -n '2,/^set -/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
  ;;
esac
