#!/usr/bin/env bash
# Gets what the test of conformance needs, in the version of requirements.txt, and prints a VARIABLE=value line of where it is, for `eval`.
# usage: tests/conformance/get.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1/conformance"
folder=$(cd "$1/conformance" && pwd)
mark=$folder/installed-$(sha256sum "$here/requirements.txt" | cut -c 1-16)
if [ ! -f "$mark" ]; then
  echo "conformance: installing $(cat "$here/requirements.txt")" >&2
  rm -rf "$folder/lib"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$folder/lib" -r "$here/requirements.txt" >&2
  touch "$mark"
fi
echo "TEST_SCHEMATHESIS=$folder/lib"
