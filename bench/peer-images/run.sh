#!/usr/bin/env bash
# Starts a peer of image intake, installed before if need be, on one core.
# usage: run.sh install | run.sh sharp file|cascade FILE… | run.sh pillow FILE…      environment: CORE (default: 0)
set -euo pipefail
cd "$(dirname "$0")"
mark=node_modules/.installed-$(cat package-lock.json requirements.txt | sha256sum | cut -c 1-16)
if [ ! -e "$mark" ]; then
  npm ci --ignore-scripts --no-audit --no-fund --silent >&2
  python3 -m venv node_modules/.venv
  node_modules/.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt >&2
  touch "$mark"
fi
case $1 in
install) ;;
sharp) UV_THREADPOOL_SIZE=1 exec taskset -c "${CORE:-0}" node intake.mjs "${@:2}" ;;
pillow) exec taskset -c "${CORE:-0}" node_modules/.venv/bin/python intake.py "${@:2}" ;;
esac
