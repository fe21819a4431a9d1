#!/bin/sh
# Keeps what it was called with, one call a line, and gives the next of the answers that the test has laid out; the last one
# again and again. A line that begins with `sha256:` is a digest, any other an error after that to a HEAD request.
printf '%s\n' "$*" >>'@WORLD@/crane.log'
answer=$(head -n 1 '@WORLD@/crane.answers')
[ "$(wc -l <'@WORLD@/crane.answers')" -lt 2 ] || sed -i 1d '@WORLD@/crane.answers'
case $answer in
sha256:*) printf '%s\n' "$answer" ;;
*)
    echo '2026/11/28 10:00:00 HEAD request failed, falling back on GET: HEAD https://r: unexpected status code 403 Forbidden' >&2
    printf 'Error: GET https://r/v2/x/manifests/t: %b\n' "$answer" >&2
    exit 1
    ;;
esac
