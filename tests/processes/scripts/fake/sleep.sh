#!/bin/sh
# Moves the clock instead of waiting: by whole seconds, for fractions not at all.
seconds=${1%%.*}
echo $(($(cat '@WORLD@/clock') + seconds)) >'@WORLD@/clock.new'
mv '@WORLD@/clock.new' '@WORLD@/clock'
