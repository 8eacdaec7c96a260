#!/usr/bin/env bash
# Drives a whole try-on over HTTP against a service of its own and prints where the picture is. Needs bash and curl.
# usage: tests/demo.sh [PERSON GARMENT]      environment: ATELIER_API (binary), DEMO_OUT (folder)
set -euo pipefail
cd "$(dirname "$0")/.."

person=${1:-samples/person_1.jpg}
garment=${2:-samples/garments/g_tee.jpg}
binary=${ATELIER_API:-${CARGO_TARGET_DIR:-target}/debug/atelier-api}
out=${DEMO_OUT:-demo}
mkdir -p "$out"
data=$(mktemp -d)
log="$out/service.log"

DATA_DIR="$data" PORT=0 HOST=127.0.0.1 LOG_FORMAT=text "$binary" 2>"$log" &
service=$!
trap 'kill "$service" 2>/dev/null; wait "$service" 2>/dev/null || true; rm -rf "$data"' EXIT

say() { printf '\033[1m%s\033[0m\n' "$*"; }
fail() { echo "demo: $*" >&2; echo "the service's log is $log" >&2; exit 1; }
field() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/;t;d"; }

base=
for _ in $(seq 300); do
  base=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$log" | head -n 1 || true)
  [ -n "$base" ] && curl -fs "$base/health/ready" >/dev/null && break
  kill -0 "$service" 2>/dev/null || fail "the service did not start"
  sleep 0.1
done
[ -n "$base" ] || fail "the service did not say where it listens"
api="$base/api/v1"
say "The service runs at $base (data in $data)"

request() { # method path [curl arguments]: prints the body, fails with it unless 2xx
  local method=$1 path=$2; shift 2
  local answer status
  answer=$(curl -sS -X "$method" "$api$path" -w '\n%{http_code}' ${token:+-H "authorization: Bearer $token"} "$@")
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  case $status in 2*) printf '%s' "$answer" ;; *) fail "$method $path answered $status: $answer" ;; esac
}

token=
say "Signing up"
token=$(request POST /auth/signup -H 'content-type: application/json' \
  -d '{"email":"demo@example.com","password":"securepassword123","name":"John Doe"}' | field access_token)

say "Uploading the body photo $person"
request PUT /body -F "image=@$person" -F height=175 -F chest=95 >/dev/null

say "Adding the garment $garment"
clothing=$(request POST /clothing -F "image=@$garment" -F name=Demo -F category=tops | sed -E 's/.*"clothing":\{"id":"([0-9a-f]{24})".*/\1/')

say "Asking for the try-on"
tryon=$(request POST /tryon -H 'content-type: application/json' -H "idempotency-key: demo" -d "{\"clothing_id\":\"$clothing\"}" |
  sed -E 's/.*"tryon":\{"id":"([0-9a-f]{24})".*/\1/')

last=
for _ in $(seq 240); do
  body=$(request GET "/tryon/$tryon")
  status=$(printf '%s' "$body" | sed -E 's/.*"status":"(pending|processing|completed|failed|cancelled)".*/\1/')
  line="$status $(printf '%s' "$body" | sed -E 's/.*"progress":([0-9]+).*/\1/')% $(printf '%s' "$body" | field stage)"
  [ "$line" = "$last" ] || echo "  $line"
  last=$line
  case $status in completed) break ;; failed|cancelled) fail "the try-on ended: $body" ;; esac
  sleep 0.25
done
[ "$status" = completed ] || fail "the try-on did not end in time"

url=$(printf '%s' "$body" | field result_image_url)
case $url in /*) url="$base$url" ;; esac
curl -fsS "$url" -o "$out/tryon.jpg"
cp "$person" "$out/person.jpg"
cp "$garment" "$out/garment.jpg"
say "The picture is at $(cd "$out" && pwd)/tryon.jpg"
