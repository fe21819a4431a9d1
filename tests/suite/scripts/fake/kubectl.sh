#!/bin/sh
# Answers each question after a kind of object with the next of its files, and keeps to the last.
printf '%s| ' "$@" | tr '\n' ' ' >>'@WORLD@/kubectl.log'
printf '\n' >>'@WORLD@/kubectl.log'
verb=
kind=
for argument in "$@"; do
    case $argument in
    get | patch | annotate | create) verb=${verb:-$argument} ;;
    *.argoproj.io) kind=${kind:-${argument%%.*}} ;;
    esac
done
[ "$verb" = get ] || kind=$verb
[ "$verb" != create ] || tr '\n' ' ' <"$3" >>'@WORLD@/created.log'
cd '@WORLD@/answers' || exit 1
asked=$(($(cat "$kind.asked" 2>/dev/null || echo 0) + 1))
echo "$asked" >"$kind.asked"
while [ "$asked" -gt 0 ] && [ ! -f "$kind.$asked" ]; do asked=$((asked - 1)); done
[ "$asked" -gt 0 ] || exit 0
case $(cat "$kind.$asked") in
FAIL*) cat "$kind.$asked" >&2; exit 1 ;;
*) cat "$kind.$asked" ;;
esac
