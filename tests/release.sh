#!/usr/bin/env bash
# Proves that binaries need no shared library, and that the API makes a try-on where there is nothing but itself. Needs root, for chroot.
# usage: tests/release.sh FOLDER_OF_BINARIES
set -euo pipefail
binaries=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

for name in atelier-api atelier-worker atelier-admin; do
  libraries=$(ldd "$binaries/$name" 2>&1 || true)
  case $libraries in
  *"statically linked"* | *"not a dynamic executable"*) ;;
  *) echo "$name needs libraries: $libraries" >&2; exit 1 ;;
  esac
done

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/tmp" "$root/data" "$root/dev"
# Every Linux has these; a static binary draws its random numbers from them.
mknod -m 444 "$root/dev/random" c 1 8
mknod -m 444 "$root/dev/urandom" c 1 9
install -t "$root" "$binaries"/atelier-{api,worker,admin}
for name in atelier-api atelier-worker atelier-admin; do chroot "$root" "/$name" --version; done
find "$root" -mindepth 1 | sort | sed "s|^$root|in the root: |"

cat >"$root/../$(basename "$root").sh" <<START
#!/bin/sh
DATA_DIR=/data exec chroot "$root" /atelier-api
START
start="$root/../$(basename "$root").sh"
chmod +x "$start"
trap 'rm -rf "$root" "$start"' EXIT
ATELIER_API=$start tests/demo.sh
