#!/usr/bin/env bash
# The rules of the tree that no compiler checks: file sizes, contexts that do not import each other, lints inherited.
set -euo pipefail
cd "$(dirname "$0")/../.."
failed=0

while read -r lines file; do
  if [ "$lines" -gt 500 ]; then echo "$file has $lines lines: split it by feature or verb (500 at most)"; failed=1; fi
done < <(git ls-files 'apps/*.rs' 'crates/*.rs' | grep -v '/tests/' | xargs wc -l | awk '$2 != "total" {print $1, $2}')

# contexts share kernel and identity's Actor with its Role, nothing else
contexts="wearit challenge dataservice"
for context in $contexts; do
  for other in identity $contexts; do
    [ "$context" = "$other" ] && continue
    found=$(grep -rnE "crate::$other\b" "crates/domain/src/$context" 2>/dev/null | grep -vE 'crate::identity::(Actor\b|Role\b|\{Actor\}|\{Actor, Role\})' || true)
    if [ -n "$found" ]; then echo "crates/domain/src/$context imports $other:"; echo "$found"; failed=1; fi
  done
done

# kernel and identity know no product
found=$(grep -rnE 'crate::(wearit|challenge|dataservice)\b' crates/domain/src/kernel crates/domain/src/identity || true)
if [ -n "$found" ]; then echo "kernel or identity imports a product:"; echo "$found"; failed=1; fi

for manifest in $(git ls-files '*Cargo.toml' | grep -v '^Cargo.toml$'); do
  grep -q '^\[lints\]' "$manifest" || { echo "$manifest does not inherit the workspace's lints"; failed=1; }
done

while read -r module; do
  if grep -nE '^(pub(\([a-z]+\))? )?(fn|struct|enum|trait|impl|const|static|async fn)\b' "$module" | grep -vE 'fn routes\(' >/dev/null; then
    echo "$module holds code: the mod.rs of a context or feature is its map (documentation, mod lines, re-exports)"; failed=1
  fi
done < <(git ls-files 'crates/domain/src/*mod.rs' | grep -vE '/(service|jobs|recovery|account)/')

exit "$failed"
