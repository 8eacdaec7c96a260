#!/usr/bin/env bash
# The same work on Atelier and on the peer (bench/peer), on the same mongod and the same S3 server, in one go; prints Markdown tables.
#
# The sides take turns, in the opposite order in every other round, each with an empty database and an empty bucket of its own. The peer is
# measured twice: signing URLs when they are read, as the contract wants, and answering the URL it stored at the upload, as the source
# documents are written (it stops working after an hour).
#
# usage: compare.sh       environment: ROUNDS (2), SECONDS_PER_PHASE (8), WARM_UP (2), ACCOUNTS (8), GARMENTS (100), BCRYPT_COST (12),
#   WORKERS (of the peer: cores), ATELIER_API and ATELIER_LOAD (built binaries), ATELIER_SETTINGS (further NAME=value), BENCH_OUT,
#   BENCH_PORT, SIDES (atelier peer peer-stored-urls)
set -euo pipefail
# shellcheck source=bench/sides.sh
. "$(dirname "$0")/sides.sh"

drive() { # name round configuration
  "$load" run --name "$1" --host "127.0.0.1:$port" --pid "${started[0]}" "${watch[@]}" --configuration "$3" --json "$out/$1-$2.json" \
    --seconds "${SECONDS_PER_PHASE:-8}" --warm-up "${WARM_UP:-2}" --accounts "${ACCOUNTS:-8}" --garments "${GARMENTS:-100}"
}

side() { # name round
  local name=$1 round=$2 configuration
  "$python" "$root/bench/fresh.py" "bench-$name"
  case $name in
  atelier) start_atelier "$port" "bench-$name"; configuration=$(describe_atelier) ;;
  peer) start_peer "$port" "bench-$name" read; configuration=$(describe_peer "URLs signed when read") ;;
  peer-stored-urls) start_peer "$port" "bench-$name" upload; configuration=$(describe_peer "URLs signed at the upload and stored") ;;
  esac
  drive "$name" "$round" "$configuration"
  stop_started
}

prepare
read -ra sides <<<"${SIDES:-atelier peer peer-stored-urls}"
files=()
for round in $(seq "${ROUNDS:-2}"); do
  order=("${sides[@]}")
  if [ $((round % 2)) = 0 ]; then mapfile -t order < <(printf '%s\n' "${sides[@]}" | tac); fi
  for name in "${order[@]}"; do side "$name" "$round"; done
done
for name in "${sides[@]}"; do
  for round in $(seq "${ROUNDS:-2}"); do files+=("$out/$name-$round.json"); done
done
{
  echo "$(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1); mongod, the S3 server and the harness run on the same machine."
  echo "Load average at the end: $(cut -d ' ' -f 1-3 /proc/loadavg)."
  echo
  "$load" report "${files[@]}"
} | tee "$out/report.md"
