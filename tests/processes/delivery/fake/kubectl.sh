#!/bin/sh
# Answers from lists that the test lays out: by name, or by labels.
PATH='@PATH@'
printf '%s ' "$@" | tr '\n' ' ' >>'@WORLD@/kubectl.log'
printf '\n' >>'@WORLD@/kubectl.log'
@REFUSED@
kind= name= labels= verb= skip=
for argument in "$@"; do
    case $skip in
    labels) labels=$argument skip= ;;
    fields) name=${argument#metadata.name=} skip= ;;
    yes) skip= ;;
    *) case $argument in
        -l) skip=labels ;;
        --field-selector) skip=fields ;;
        -o | -n | -p | --type) skip=yes ;;
        -*) ;;
        get | annotate | patch) verb=$argument ;;
        *.argoproj.io) kind=${argument%%.*} ;;
        esac ;;
    esac
done
[ "$verb" = get ] || exit 0
jq -c --arg name "$name" --arg labels "$labels" '
    # key, key=value or "key in (value,value)"
    ([$labels | scan("([^,()]+(?:\\([^)]*\\))?),?")[0] | capture("^(?<key>[^ =]+)(?:=(?<one>.*)| in \\((?<list>.*)\\))?$")]) as $wanted |
    { items: map(. as $object | select(
        ($name == "" or $name == $object.metadata.name) and
        all($wanted[]; . as $want | $object.metadata.labels[$want.key] as $value | $value != null and
            (if $want.list then any($want.list | splits(","); . == $value) else $want.one == null or $want.one == $value end)))) }' \
    "@WORLD@/$kind.json"
