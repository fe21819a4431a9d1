#!/bin/sh
# Lists nothing.
PATH='@PATH@'
case " $* " in
*' ls-tree '*)
    echo 'the store is broken' >&2
    exit 128
    ;;
esac
exec git "$@"
