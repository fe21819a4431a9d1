# git without a terminal, without other credentials, and with its token hidden.

export GIT_TERMINAL_PROMPT=0
export GIT_ASKPASS="$work/askpass"

git() {
    command git --literal-pathspecs -c credential.helper= -c credential.useHttpPath=true -c gc.auto=0 \
        -c advice.pushUpdateRejected=false -c core.quotePath=false "$@"
}

# A git command is given one token, and requests it here. The URL must match completely: neither the target of a redirect
# nor another repository on the same host gets a token. Two repositories on one host may have different tokens.
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

# offer TOKEN URL COMMAND...: runs the command with the token for the repository at that URL.
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

# The last output of git, for a message.
git_words() {
    tail -n 5 "$work/git.log" 2>/dev/null | tr '\n' ' '
}

# fetch_history STORE URL REFSPEC: commits and trees without blobs, into a bare repository. A blob is fetched when it is
# read; nothing is ever checked out, so no link in a repository is ever followed.
fetch_history() {
    if [ ! -d "$1" ]; then
        git init -q --bare "$1"
        git --git-dir="$1" remote add origin "$2"
    fi
    git --git-dir="$1" fetch -q --prune --no-tags --filter=blob:none origin "$3" >"$work/git.log" 2>&1
}

# persist COMMAND...: up to five attempts, because of network failures.
persist() {
    persist_try=1
    until "$@"; do
        [ "$persist_try" -lt 5 ] || return 1
        persist_try=$((persist_try + 1))
        pause
    done
}

# is_ancestor STORE OLD NEW: whether one commit is an ancestor of the other. An error ends the step.
is_ancestor() {
    ancestry=0
    git --git-dir="$1" merge-base --is-ancestor "$2" "$3" 2>"$work/git.log" || ancestry=$?
    [ "$ancestry" -le 1 ] || fail "cannot determine whether $2 is an ancestor of $3: $(git_words)"
    return "$ancestry"
}
