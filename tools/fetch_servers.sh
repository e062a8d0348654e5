# shellcheck shell=bash disable=SC2154
# Servers that tests start, each by Maven or as a wheel. Part of tools/fetch_deps.sh, which reads it
# and has the functions and variables used here.

# maven_copy NAME ARTIFACT: one artifact in third_party/downloads, nothing left in a repository.
maven_copy() {
  logged "$1" mvn -q -B "-Dmaven.repo.local=$home/maven" \
    org.apache.maven.plugins:maven-dependency-plugin:2.8:copy \
    "-Dartifact=$2" "-DoutputDirectory=$downloads"
  rm -rf "$home/maven"
}

# Server programs of one PostgreSQL version: third_party/postgres/MAJOR/{bin,lib,share}.
fetch_postgres() {
  local artifact="$1" version="$2" checksum="$3" major="${2%%.*}"
  stamped "postgres$major" "$checksum" && return
  need_x86_64 "PostgreSQL $major"
  say "downloading PostgreSQL $version"
  maven_copy "postgres$major" "$artifact:$version"
  local jar target="$home/postgres/$major"
  jar="$(downloaded "$checksum" "${artifact#*:}-$version.jar")"
  rm -rf "$target" "$target.new"
  mkdir -p "$target.new"
  logged "postgres$major-jar" unzip -q "$jar" 'postgres-*.txz' -d "$target.new"
  logged "postgres$major-txz" tar -xJf "$target.new"/postgres-*.txz -C "$target.new"
  rm -f "$target.new"/postgres-*.txz
  mv "$target.new" "$target"
  stamp "postgres$major" "$checksum"
}

# The server and the one plugin that the tests load: third_party/trino/{lib,plugin/hive}.
# VERSION is "476:tar.gz" or "476:zip".
fetch_trino() {
  local artifact="$1" version="${2%%:*}" kind="${2#*:}" checksum="$3" name="${1#*:}" file target
  stamped "$name" "$checksum" && return
  say "downloading $name $version"
  maven_copy "$name" "$artifact:$version:$kind"
  file="$(downloaded "$checksum" "$name-$version.$kind")"
  if [ "$kind" = zip ]; then
    target="$home/trino/plugin/${name#trino-}"
    rm -rf "$target" "$home/trino.new"
    logged "$name-unpack" unzip -q "$file" -d "$home/trino.new"
    mkdir -p "$home/trino/plugin"
    mv "$home/trino.new/$name-$version" "$target"
    rm -rf "$home/trino.new"
  else
    rm -rf "$home/trino/lib"
    mkdir -p "$home/trino"
    logged "$name-unpack" tar -xzf "$file" -C "$home/trino" --strip-components 1 \
      "$name-$version/lib"
  fi
  rm -f "$file"
  stamp "$name" "$checksum"
}

# A Java that is new enough for Trino, whatever the system has: third_party/jdk/bin/java.
fetch_jdk() {
  local name="$1" version="$2" checksum="$3"
  stamped jdk "$checksum" && return
  need_x86_64 Java
  pip_download "$name" "$version" "$checksum" "${wheel_options[@]}"
  rm -rf "$home/jdk" "$home/jdk.new"
  logged jdk unzip -q "$(downloaded "$checksum" "$name-$version-*.whl")" \
    "$name/java-runtime/*" -d "$home/jdk.new"
  mv "$home/jdk.new/$name/java-runtime" "$home/jdk"
  rm -rf "$home/jdk.new"
  chmod -R a+rX "$home/jdk"
  chmod a+x "$home/jdk/bin/"* "$home/jdk/lib/jspawnhelper"
  stamp jdk "$checksum"
}
