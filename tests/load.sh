#!/usr/bin/env bash
# Bounded load on a service of its own, on loopback: sign-ins, lists and uploads side by side; prints latencies and failures, and fails on a 5xx.
# usage: tests/load.sh [REQUESTS [PARALLEL]]      environment: ATELIER_API (binary)
set -euo pipefail
cd "$(dirname "$0")/.."

requests=${1:-500}
parallel=${2:-16}
[ "$requests" -le 20000 ] && [ "$parallel" -le 64 ] || { echo "load: at most 20000 requests, 64 at once" >&2; exit 1; }
binary=${ATELIER_API:-${CARGO_TARGET_DIR:-target}/debug/atelier-api}
data=$(mktemp -d)
DATA_DIR="$data" PORT=0 HOST=127.0.0.1 BCRYPT_COST=4 EMBEDDED_WORKER=false LOG_LEVEL=warn,atelier_bootstrap=info \
  RATE_LIMIT_ACCOUNT_PER_MINUTE=1000000 RATE_LIMIT_ADDRESS_PER_MINUTE=1000000 "$binary" 2>"$data/log" &
service=$!
trap 'kill "$service" 2>/dev/null; wait "$service" 2>/dev/null || true; rm -rf "$data"' EXIT

base=
for _ in $(seq 300); do
  base=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$data/log" | head -n 1 || true)
  [ -n "$base" ] && curl -fs "$base/health/ready" >/dev/null && break
  sleep 0.1
done
[ -n "$base" ] || { cat "$data/log" >&2; exit 1; }
api="$base/api/v1"
token=$(curl -fsS "$api/auth/signup" -H 'content-type: application/json' \
  -d '{"email":"load@example.com","password":"securepassword123","name":"John Doe"}' | sed -E 's/.*"access_token":"([^"]+)".*/\1/')

failed=0
measure() { # name, then curl arguments
  local name=$1
  shift
  seq "$requests" | xargs -P "$parallel" -I{} curl -s -o /dev/null -w '%{http_code} %{time_total}\n' "$@" >"$data/times"
  sort -k2 -n "$data/times" | awk -v name="$name" '
    { times[NR] = $2; if ($1 >= 500 || $1 == "000") bad++; else if ($1 >= 400) refused++ }
    END {
      printf "%-28s %6d requests  p50 %.1f ms  p99 %.1f ms  refused %d  failed %d\n",
        name, NR, times[int((NR + 1) / 2)] * 1000, times[int(NR * 0.99) + (NR < 100)] * 1000, refused, bad
      exit bad > 0
    }' || failed=1
}

auth=(-H "authorization: Bearer $token")
measure "GET /health/live" "$base/health/live"
measure "GET /users/me" "${auth[@]}" "$api/users/me"
measure "POST /auth/login" -H 'content-type: application/json' -d '{"email":"load@example.com","password":"securepassword123"}' "$api/auth/login"
requests=$((requests < 100 ? requests : 100))
measure "POST /clothing (picture)" "${auth[@]}" -F image=@samples/garments/g_tee.jpg -F name=Tee -F category=tops "$api/clothing"
measure "GET /clothing" "${auth[@]}" "$api/clothing"
exit "$failed"
