#!/bin/sh
# Keeps what it was called with, one argument a line, and reports the digest that the test has laid out.
for argument in "$@"; do printf '%s\n' "$argument"; done >'@WORLD@/buildctl.log'
printf '%s\n' "$BUILDKITD_FLAGS" >'@WORLD@/flags.log'
set -- $BUILDKITD_FLAGS
[ $# -lt 3 ] || cat "$3" >'@WORLD@/buildkitd.toml'
printf '%s' "${GIT_TOKEN:-}" >'@WORLD@/token.log'
unset GIT_TOKEN
[ ! -f '@WORLD@/fail' ] || exit 1
metadata=$(sed -n '/^--metadata-file$/{n;p;}' '@WORLD@/buildctl.log')
cat '@WORLD@/metadata.json' >"$metadata"
