#!/usr/bin/env bash
# Runs the fuzz targets, SECONDS_PER_TARGET each, from what is in tests/corpus. What they find is written to tests/fuzz/artifacts: put it into
# tests/corpus with what has to become of it, and `make test` sends it ever after.
set -euo pipefail
cd "$(dirname "$0")"
tools=$1
command -v cargo-fuzz >/dev/null || cargo install --quiet --locked --root "$tools" cargo-fuzz
for target in ${TARGETS:-image_intake forms}; do
  mkdir -p "corpus/$target"
  seeds=../corpus/uploads
  [ "$target" = forms ] && seeds=../corpus/forms
  # -s none: AddressSanitizer would need a nightly compiler
  cargo fuzz run --fuzz-dir . --target-dir "${CARGO_TARGET_DIR:-../../target}/fuzz" -s none "$target" "corpus/$target" "$seeds" -- \
    -max_total_time="${SECONDS_PER_TARGET:-300}" -timeout=10 -rss_limit_mb=1000 -max_len=65536
done
