#!/bin/sh
# Keeps the arguments of each call, which tokens it is given, and whatever file has one in it; and runs the program itself.
# The tokens are written in two halves, so that this is no such file.
PATH='@PATH@'
printf '%s %s\n' '@NAME@' "$*" >>'@WORLD@/record.log'
given=
for token in 'reads ghs_SECRET''secretSECRET' 'writes ghs_WRITING''writingWRITING'; do
    ! env | grep -q "${token#* }" || given="$given ${token%% *}"
    grep -rl "${token#* }" "$TMPDIR" >>'@WORLD@/leaks.log' 2>/dev/null
done
printf '%s:%s\n' '@NAME@' "$given" >>'@WORLD@/given.log'
exec '@NAME@' "$@"
