# git without a terminal and without anybody else's credentials, its token out of sight.

export GIT_TERMINAL_PROMPT=0
export GIT_ASKPASS="$work/askpass"

git() {
    command git --literal-pathspecs -c credential.helper= -c credential.useHttpPath=true -c gc.auto=0 \
        -c advice.pushUpdateRejected=false -c core.quotePath=false "$@"
}

# A command of git is given one token, and asks for it here. The whole address has to be the one that is meant: where a
# redirect leads, and any other repository of the same host, is told nothing. Two repositories of one host may have two
# tokens.
cat >"$GIT_ASKPASS" <<'EOF'
#!/bin/sh
[ -n "${offered_token:-}" ] || exit 1
case $1 in
"Username for '$offered_url': ") exec echo x-access-token ;;
"Password for '${offered_url%%://*}://x-access-token@${offered_url#*://}': ") exec printf '%s\n' "$offered_token" ;;
esac
exit 1
EOF
chmod 700 "$GIT_ASKPASS"

# offer TOKEN URL COMMAND...: the command, which git may answer with the token when the repository at that address asks.
offer() (
    export offered_token="$1" offered_url="$2"
    shift 2
    "$@"
)

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

# is_ancestor STORE OLD NEW: whether one commit comes before the other. An error is no answer, and ends the step.
is_ancestor() {
    ancestry=0
    git --git-dir="$1" merge-base --is-ancestor "$2" "$3" 2>"$work/git.log" || ancestry=$?
    [ "$ancestry" -le 1 ] || fail "could not tell whether $2 comes before $3: $(git_words)"
    return "$ancestry"
}
