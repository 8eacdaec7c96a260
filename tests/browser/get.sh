#!/usr/bin/env bash
# Gets what the browser test needs and prints VARIABLE=value lines of where it is, for `eval`: Chromium and Node of the system, installed
# with apt-get where they are missing, and the packages of the lock file in a folder.
# usage: tests/browser/get.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1/browser"
folder=$(cd "$1/browser" && pwd)

say() { echo "browser: $*" >&2; }

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
if [ ${#missing[@]} -gt 0 ]; then
  say "installing ${missing[*]}"
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "${missing[*]} must be installed first (Debian: apt-get install ${missing[*]})"
    exit 1
  fi
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } >&2
fi

mark=$folder/installed-$(sha256sum "$here/package-lock.json" | cut -c 1-16)
if [ ! -f "$mark" ]; then
  say "installing the packages of the lock file"
  cp "$here/package.json" "$here/package-lock.json" "$folder/"
  npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent >&2
  touch "$mark"
fi

echo "TEST_CHROMIUM=$(command -v chromium)"
echo "TEST_NODE=$(command -v node)"
echo "TEST_NODE_MODULES=$folder/node_modules"
