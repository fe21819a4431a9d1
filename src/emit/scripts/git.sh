# git without a terminal and without anybody else's credentials, the token out of sight.

export GIT_TERMINAL_PROMPT=0
export GIT_ASKPASS="$work/askpass"

git() {
    command git --literal-pathspecs -c credential.helper= -c gc.auto=0 -c advice.pushUpdateRejected=false \
        -c core.quotePath=false "$@"
}

host_of() {
    host_rest=${1#*://}
    host_rest=${host_rest%%/*}
    printf '%s' "${host_rest##*@}"
}

# offer_token URL...: the hosts of these addresses may have the token. Any other host that asks, such as one that
# a redirect or a repository named in a file leads to, is told nothing.
offer_token() {
    export GIT_TOKEN="${GIT_TOKEN:-}"
    token_hosts=
    for offered in "$@"; do token_hosts="$token_hosts $(host_of "$offered")"; done
    export token_hosts
    cat >"$GIT_ASKPASS" <<'EOF'
#!/bin/sh
[ -n "$GIT_TOKEN" ] || exit 1
for host in $token_hosts; do
    case $1 in
    Username*://"$host"[\'/]*) exec echo x-access-token ;;
    Password*://x-access-token@"$host"[\'/]*) exec printf '%s\n' "$GIT_TOKEN" ;;
    esac
done
exit 1
EOF
    chmod 700 "$GIT_ASKPASS"
}

require_branch() { # require_branch NAME VALUE
    case $2 in -* | *\'*) reject "$1" "$2" "the name of a branch" ;; esac
    [ "${#2}" -le 250 ] || reject "$1" "$2" "the name of a branch, of at most 250 characters"
    git check-ref-format "refs/heads/$2" || reject "$1" "$2" "the name of a branch"
}

# What git last said, for a message.
git_words() {
    tail -n 5 "$work/git.log" 2>/dev/null | tr '\n' ' '
}

# fetch_history STORE URL REFSPEC: commits and folders, not the files in them, into a store without a work tree.
# A file is fetched when it is read; nothing is ever checked out, so no link in a repository can lead anywhere.
fetch_history() {
    if [ ! -d "$1" ]; then
        git init -q --bare "$1"
        git --git-dir="$1" remote add origin "$2"
    fi
    git --git-dir="$1" fetch -q --prune --no-tags --filter=blob:none origin "$3" >"$work/git.log" 2>&1
}

# persist COMMAND...: again, five times in all, for what a network does now and then.
persist() {
    persist_try=1
    until "$@"; do
        [ "$persist_try" -lt 5 ] || return 1
        persist_try=$((persist_try + 1))
        pause
    done
}

fetch_source() { # fetch_source URL: every branch of the repository that is delivered
    source_store="$work/source.git"
    persist fetch_history "$source_store" "$1" '+refs/heads/*:refs/remotes/origin/*' ||
        fail "could not read $1: $(git_words)(is the address right, and may GIT_TOKEN read it?)"
    git --git-dir="$source_store" rev-list --all >"$work/source-commits"
}

# Asked of the list, not of git: a partial clone would try to fetch a commit that it does not know.
source_has() {
    grep -qx "$1" "$work/source-commits"
}

# is_ancestor STORE OLD NEW: whether one commit comes before the other. An error is no answer, and ends the step.
is_ancestor() {
    ancestry=0
    git --git-dir="$1" merge-base --is-ancestor "$2" "$3" 2>"$work/git.log" || ancestry=$?
    [ "$ancestry" -le 1 ] || fail "could not tell whether $2 comes before $3: $(git_words)"
    return "$ancestry"
}

source_is_ancestor() { # source_is_ancestor OLD NEW
    is_ancestor "$source_store" "$1" "$2"
}
