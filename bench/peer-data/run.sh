#!/usr/bin/env bash
# Starts the Node peer of the Core Database Service in the foreground: one worker for each core. Its settings are the environment variables
# of src/configuration.ts.
# usage: run.sh install | run.sh PORT
set -euo pipefail
cd "$(dirname "$0")"
mark=node_modules/.installed-$(cat package-lock.json tsconfig.json src/*.ts | sha256sum | cut -c 1-16)
if [ ! -e "$mark" ]; then
  npm ci --ignore-scripts --no-audit --no-fund --silent >&2
  npm run --silent build >&2
  touch "$mark"
fi
[ "$1" = install ] && exit
PORT=$1 NODE_ENV=production exec node dist/main.js
