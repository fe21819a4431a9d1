#!/bin/sh
# Answers from lists that the test lays out: by name, or by labels.
PATH='@PATH@'
printf '%s ' "$@" | tr '\n' ' ' >>'@WORLD@/kubectl.log'
printf '\n' >>'@WORLD@/kubectl.log'
kind= names= labels= verb= skip=
for argument in "$@"; do
    case $skip in
    labels) labels=$argument skip= ;;
    yes) skip= ;;
    *) case $argument in
        -l) skip=labels ;;
        -o | -n | -p | --type) skip=yes ;;
        -*) ;;
        get | annotate | patch) verb=$argument ;;
        *.argoproj.io) kind=${argument%%.*} ;;
        *) names="$names $argument" ;;
        esac ;;
    esac
done
[ "$verb" = get ] || exit 0
jq -c --arg names "$names" --arg labels "$labels" '
    ($names | [splits(" +") | select(. != "")]) as $names |
    ($labels | [splits(",") | select(. != "") | split("=")]) as $labels |
    { items: map(. as $object | select(
        ($names == [] or any($names[]; . == $object.metadata.name)) and
        all($labels[]; .[0] as $key | ($object.metadata.labels | has($key)) and (length == 1 or $object.metadata.labels[$key] == .[1])))) }' \
    "@WORLD@/$kind.json"
