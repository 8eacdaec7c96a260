#!/usr/bin/env bash
# Starts the peer service in the foreground: one uvicorn worker for each core. Its settings are the environment variables of app/core/config.py.
# usage: run.sh PORT            environment: WORKERS (default: cores), PEER_VENV (default: .venv beside this file)
set -euo pipefail
cd "$(dirname "$0")"
port=$1
venv=${PEER_VENV:-$PWD/.venv}
mark=$venv/installed-$(sha256sum requirements.txt | cut -c 1-16)
if [ ! -e "$mark" ]; then
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.txt >&2
  touch "$mark"
fi
[ "$port" = install ] && exit
exec "$venv/bin/uvicorn" app.main:app --host 127.0.0.1 --port "$port" --workers "${WORKERS:-$(nproc)}" --loop uvloop --http httptools \
  --no-access-log --log-level warning
