#!/usr/bin/env bash
# Atelier alone: list reads from 1, 2 and 4 API processes over wardrobes of 100 and 10 000 garments (and more), and jobs claimed per second.
#
# usage: scale.sh       environment: GARMENTS_PER_ACCOUNT ("100 10000"), PROCESSES ("1 2 4"), and those of compare.sh
# One million garments: GARMENTS_PER_ACCOUNT="100 10000 125000" with the eight accounts of the default.
set -euo pipefail
# shellcheck source=bench/sides.sh
. "$(dirname "$0")/sides.sh"

accounts=${ACCOUNTS:-8}
prepare
"$python" "$root/bench/fresh.py" bench-scale
start_atelier "$port" bench-scale
"$load" run --name prepared --host "127.0.0.1:$port" --pid "${started[0]}" --configuration - --accounts "$accounts" --garments 100 \
  --only-prepare --json "$out/prepared.json"
stop_started

files=()
for garments in ${GARMENTS_PER_ACCOUNT:-100 10000}; do
  total=$("$python" "$root/bench/replicate.py" bench-scale "$garments")
  say "$total garments in all"
  for processes in ${PROCESSES:-1 2 4}; do
    where=()
    for number in $(seq "$processes"); do
      start_atelier $((port + number)) bench-scale
      where+=(--host "127.0.0.1:$((port + number))" --pid "${started[-1]}")
    done
    name="$processes processes, $garments garments each"
    "$load" run --name "$name" "${where[@]}" "${watch[@]}" --configuration "$accounts accounts, $total garments in all; $(describe_atelier)" \
      --seconds "${SECONDS_PER_PHASE:-8}" --warm-up "${WARM_UP:-2}" --accounts "$accounts" --reuse --pages "$((garments / 20 < 50 ? garments / 20 : 50))" \
      --phase lists --phase profiles --json "$out/scale-$garments-$processes.json"
    files+=("$out/scale-$garments-$processes.json")
    stop_started
  done
done
{
  "$load" report --no-comparison "${files[@]}"
  echo
  cargo bench -q -p atelier-bench --bench claims
} | tee "$out/scale.md"
