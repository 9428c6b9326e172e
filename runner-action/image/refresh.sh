#!/bin/sh
# Makes the two Cargo files of the image from those of the project: the lines of Cargo.toml that the action's crates inherit, and
# the part of Cargo.lock that they need. Run it when the test `the_image_is_built_from_the_projects_own_pins` asks for it.
set -eu
image=$(cd "$(dirname "$0")" && pwd)
action=$(dirname "$image")
root=$(dirname "$action")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

inherited=$(sed -n 's/^\([a-z0-9_-]*\)\(\.workspace = true\| = { workspace = true.*\)$/\1/p' \
  "$action/Cargo.toml" "$action/contract/Cargo.toml" "$action/redact/Cargo.toml" "$action/sops/Cargo.toml" | sort -u)
{
  echo '# Made by refresh.sh from the Cargo.toml of the project; the image is built from this folder alone (docs/adr/0003).'
  echo '[workspace]'
  echo 'resolver = "3"'
  echo 'members = ["runner-action", "runner-action/contract", "runner-action/redact", "runner-action/sops"]'
  printf '\n[workspace.package]\n'
  sed -n '/^\[workspace.package\]/,/^$/p' "$root/Cargo.toml" | sed '1d;/^$/d'
  printf '\n[workspace.dependencies]\n'
  for name in $inherited; do
    sed -n '/^\[workspace.dependencies\]/,/^$/p' "$root/Cargo.toml" | grep "^$name = " || true
  done
  printf '\n[workspace.lints]\n'
  printf '\n[profile.release]\n'
  sed -n '/^\[profile.release\]/,/^$/p' "$root/Cargo.toml" | sed '1d;/^$/d'
} > "$image/Cargo.toml"

cp "$image/Cargo.toml" "$root/Cargo.lock" "$scratch"
mkdir -p "$scratch/runner-action/src" "$scratch/runner-action/contract/src" "$scratch/runner-action/redact/src" "$scratch/runner-action/sops/src"
cp "$action/Cargo.toml" "$scratch/runner-action"
cp "$action/contract/Cargo.toml" "$scratch/runner-action/contract"
cp "$action/redact/Cargo.toml" "$scratch/runner-action/redact"
cp "$action/sops/Cargo.toml" "$scratch/runner-action/sops"
touch "$scratch/runner-action/src/lib.rs" "$scratch/runner-action/contract/src/lib.rs" "$scratch/runner-action/redact/src/lib.rs" \
  "$scratch/runner-action/sops/src/lib.rs"
cargo metadata --manifest-path "$scratch/Cargo.toml" --format-version 1 --offline > /dev/null
cp "$scratch/Cargo.lock" "$image/Cargo.lock"
