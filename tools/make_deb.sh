#!/usr/bin/env bash
# Makes the Debian package out of what a build folder installs.
# Usage: tools/make_deb.sh BUILD_DIR [OUT_DIR]; prints the path of the package. DEB_LEVEL is that
# of the compression, 0 to 9.
# Dependencies on Debian's libraries are computed by dpkg-shlibdeps; the libraries that the
# package brings itself lie in /usr/lib/pgattic and are found by rpath.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
build="${1:?usage: tools/make_deb.sh BUILD_DIR [OUT_DIR]}"
out="${2:-$build}"
scripts="$root/deploy/deb"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
tree="$work/debian/pgattic"

version="$(sed -n 's/^project(pgattic VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")"
architecture="$(dpkg --print-architecture)"

install_files() {
  DESTDIR="$tree" cmake --install "$build" --prefix /usr --strip > "$work/install.log" ||
    { cat "$work/install.log" >&2; exit 1; }
  install -D -m 0640 "$root/deploy/pgattic.toml" "$tree/etc/pgattic/pgattic.toml"
  mv "$tree/usr/share/doc/pgattic/LICENSE" "$tree/usr/share/doc/pgattic/copyright"
  gzip -9n "$tree/usr/share/man/man1/pgattic.1"
  printf 'pgattic (%s) bookworm; urgency=medium\n\n  * See the history of the project.\n\n -- %s  %s\n' \
    "$version" "$(sed -n 's/^Maintainer: //p' "$scripts/control.in")" \
    "$(date -u -R -d "@${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2> /dev/null || echo 0)}")" |
    gzip -9n > "$tree/usr/share/doc/pgattic/changelog.gz"
  # The wheel's libraries come with their symbols.
  find "$tree/usr/lib/pgattic" -name '*.so*' -type f -exec strip --strip-unneeded {} + 2> /dev/null || true
  find "$tree" -type d -exec chmod 0755 {} +
  find "$tree/usr" -type f -exec chmod u=rwX,go=rX {} +
  find "$tree/usr/lib" -name '*.so*' -type f -exec chmod 0644 {} +
}

# What is needed of Debian. Our own libraries are of no package: shlibs.local says so.
depends() {
  local library name
  printf 'Source: pgattic\n\nPackage: pgattic\nArchitecture: any\nDescription: pgattic\n' \
    > "$work/debian/control"
  for library in "$tree"/usr/lib/pgattic/*.so* "$tree"/usr/lib/libpgattic.so.*; do
    name="$(basename "$library")"
    printf '%s %s\n' "${name%%.so*}" "${name##*.so.}"
  done | sort -u > "$work/debian/shlibs.local"
  (cd "$work" && find debian/pgattic/usr/bin debian/pgattic/usr/lib -type f \
    \( -name '*.so*' -o -perm -u+x \) -print0 |
    xargs -0 dpkg-shlibdeps --warnings=0 -Sdebian/pgattic -ldebian/pgattic/usr/lib/pgattic -O) |
    sed -n 's/^shlibs:Depends=//p'
}

control() {
  sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" \
    -e "s/@INSTALLED_SIZE@/$(du -sk --exclude=DEBIAN "$tree" | cut -f1)/" \
    -e "s/@DEPENDS@/$1/" "$scripts/control.in" > "$tree/DEBIAN/control"
  echo /etc/pgattic/pgattic.toml > "$tree/DEBIAN/conffiles"
  echo 'activate-noawait ldconfig' > "$tree/DEBIAN/triggers"
  (cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) > "$tree/DEBIAN/md5sums"
  chmod 0644 "$tree/DEBIAN"/*
  install -m 0755 "$scripts/postinst" "$scripts/prerm" "$scripts/postrm" "$tree/DEBIAN/"
}

mkdir -p "$tree/DEBIAN" "$out"
install_files
control "$(depends)"
package="$out/pgattic_${version}_${architecture}.deb"
dpkg-deb --root-owner-group --build -Zxz "-z${DEB_LEVEL:-6}" "$tree" "$package" > /dev/null
echo "$package"
