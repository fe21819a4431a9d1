#!/bin/sh
# The commit of which everybody was told arrives after the first look for it.
PATH='@PATH@'
case " $* " in
*' fetch '*)
    git "$@" || exit
    if mkdir '@WORLD@/behind' 2>/dev/null; then cd '@WORLD@/clones/ping' && git push -q origin HEAD:main; fi
    exit
    ;;
esac
exec git "$@"
