#!/usr/bin/env bash
# Installs the package on a clean Debian 12 and uses it there: a database by Debian, the grants, a
# configuration in /etc, then init, archive, get, serve as the system's user pgattic, and removal.
# Usage: tests/deploy/clean_debian.sh PACKAGE.deb. Becomes root. Needs mmdebstrap and a Debian mirror.
# The clean root is kept in third_party/debian-12.tar; every process ends with its namespace.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
package="$(realpath "${1:?usage: clean_debian.sh PACKAGE.deb}")"
clean="$root/third_party/debian-12.tar"
[ "$(id -u)" -eq 0 ] || exec sudo "$0" "$package"

if [ ! -e "$clean" ]; then
  mmdebstrap --quiet --mode=root --variant=minbase --format=tar bookworm "$clean.new"
  mv "$clean.new" "$clean"
fi
folder="$(mktemp -d)"
trap 'rm -rf --one-file-system "$folder"' EXIT
tar -xf "$clean" -C "$folder"
cp "$package" "$folder/root/pgattic.deb"
cp "$root/tests/deploy/on_clean_debian.sh" "$folder/root/"
cp -L /etc/resolv.conf "$folder/etc/resolv.conf"
# Nothing is started by installing.
printf '#!/bin/sh\nexit 101\n' > "$folder/usr/sbin/policy-rc.d"
chmod +x "$folder/usr/sbin/policy-rc.d"
find /etc/apt/apt.conf.d -name '*proxy*' -exec cp {} "$folder/etc/apt/apt.conf.d/" \;

unshare --mount --pid --ipc --uts --fork --kill-child bash -ec '
  mount --bind "$1" "$1"
  mount -t proc proc "$1/proc"
  mount -t tmpfs tmpfs "$1/dev/shm"
  exec chroot "$1" /bin/bash /root/on_clean_debian.sh
' bash "$folder"
