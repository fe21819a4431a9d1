#!/bin/sh
# The first push lands, but its answer does not.
PATH='@PATH@'
case " $* " in
*' push '*)
    git "$@" || exit 1
    mkdir '@WORLD@/lost' 2>/dev/null || exit 0
    echo 'the remote end hung up unexpectedly' >&2
    exit 1
    ;;
esac
exec git "$@"
