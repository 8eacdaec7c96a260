# Sourced by compare.sh and scale.sh: the servers both sides use, the two sides, and the harness. Not a program.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
api=${ATELIER_API:-$target/release/atelier-api}
load=${ATELIER_LOAD:-$target/release/load}
peer=$root/bench/peer
python=${PEER_VENV:-$peer/.venv}/bin/python
out=${BENCH_OUT:-$target/compare}
port=${BENCH_PORT:-28110}
cost=${BCRYPT_COST:-12}
workers=${WORKERS:-$(nproc)}
started=()

say() { echo "bench: $*" >&2; }

stop_started() {
  local pid
  for pid in "${started[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  started=()
}
trap stop_started EXIT

prepare() {
  mkdir -p "$out"
  [ -n "${ATELIER_API:-}" ] || cargo build --release -p atelier-api
  [ -n "${ATELIER_LOAD:-}" ] || cargo build --release -p atelier-bench --bin load
  "$peer/run.sh" install
  local services=$root/tests/servers/services.sh run=${ATELIER_SERVICES_HOME:-$root/.services}/run
  "$services" up mongo s3
  set -a
  eval "$("$services" env)"
  set +a
  watch=(--watch "mongod=$(cut -d ' ' -f 1 "$run/mongo.pid")" --watch "s3=$(cut -d ' ' -f 1 "$run/s3.pid")")
}

# In a process group of its own, so that the workers stop with it. Only the settings a side is given reach it.
start() { # log command...
  local log=$1
  shift
  setsid env -i PATH="$PATH" HOME="$HOME" "$@" >"$log" 2>&1 </dev/null &
  started+=($!)
}

wait_ready() { # port log
  for _ in $(seq 300); do
    curl -fs "http://127.0.0.1:$1/health/ready" >/dev/null && return
    sleep 0.1
  done
  say "port $1 did not answer; its last words:"
  tail -n 20 "$2" >&2
  return 1
}

# What both sides are told in the same words.
shared_settings() { # database and bucket
  echo "MONGODB_URI=$TEST_MONGODB_URI" "MONGODB_DATABASE=$1" "AWS_BUCKET_NAME=$1" "AWS_ENDPOINT_URL=$TEST_S3_ENDPOINT" \
    "AWS_ACCESS_KEY_ID=$TEST_S3_ACCESS_KEY" "AWS_SECRET_ACCESS_KEY=$TEST_S3_SECRET_KEY" "AWS_REGION_NAME=us-east-1" \
    "JWT_SECRET_KEY=5b0c6f1e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d" "BCRYPT_COST=$cost"
}

start_atelier() { # port database
  # shellcheck disable=SC2046
  start "$out/$2-$1.log" $(shared_settings "$2") HOST=127.0.0.1 PORT="$1" DATA_DIR="$out/data-$1" S3_PATH_STYLE=true \
    EMBEDDED_WORKER=false LOG_LEVEL=warn RATE_LIMIT_ACCOUNT_PER_MINUTE=100000000 RATE_LIMIT_ADDRESS_PER_MINUTE=100000000 \
    ${ATELIER_SETTINGS:-} "$api"
  wait_ready "$1" "$out/$2-$1.log"
}

start_peer() { # port database when
  # shellcheck disable=SC2046
  start "$out/$2-$1.log" $(shared_settings "$2") PEER_VENV="${PEER_VENV:-$peer/.venv}" WORKERS="$workers" SIGN_URLS_AT="$3" "$peer/run.sh" "$1"
  wait_ready "$1" "$out/$2-$1.log"
}

describe_atelier() {
  # A binary from elsewhere may be of any profile.
  local built="release build"
  [ -z "${ATELIER_API:-}" ] || built="binary given, its profile unknown"
  echo "one process of $("$api" --version), $built; bcrypt cost $cost; rate limits out of reach; no embedded worker${ATELIER_SETTINGS:+; $ATELIER_SETTINGS}"
}

describe_peer() { # how URLs are signed
  "$python" - "$workers" "$cost" "$1" <<'PYTHON'
import platform, sys
from importlib.metadata import version
workers, cost, signing = sys.argv[1:]
packages = ["fastapi", "uvicorn", "uvloop", "httptools", "pydantic", "motor", "pymongo", "boto3", "pillow", "bcrypt", "pyjwt"]
print(f"{workers} uvicorn workers; CPython {platform.python_version()}, " + ", ".join(f"{p} {version(p)}" for p in packages)
      + f"; bcrypt cost {cost}; no access log; {signing}")
PYTHON
}
