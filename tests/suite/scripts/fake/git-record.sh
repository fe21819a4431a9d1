#!/bin/sh
# Keeps the arguments and configuration of each call, and asks the helper for what a server would ask.
PATH='@PATH@'
{
    printf '%s\n' "$*"
    [ ! -f "$TMPDIR"/*/gitops.git/config ] || cat "$TMPDIR"/*/gitops.git/config
    if [ -x "${GIT_ASKPASS:-}" ]; then
        for prompt in "Username for 'https://git.example': " "Password for 'https://x-access-token@git.example': " \
            "Password for 'https://x-access-token@evil.example': " "Password for 'https://x-access-token@git.example.evil': "; do
            token_hosts=git.example answer=$(token_hosts=git.example "$GIT_ASKPASS" "$prompt") || answer=nothing
            [ "$answer" != "$GIT_TOKEN" ] || answer='the token'
            printf 'askpass %s%s\n' "$prompt" "$answer"
        done
    fi
} >>'@WORLD@/git.log'
exec git "$@"
