# The repositories of apps, which are only read, with a separate token.

host_of() {
    host_rest=${1#*://}
    host_rest=${host_rest%%/*}
    printf '%s' "${host_rest##*@}"
}

# reading URL COMMAND...: a repository of an app. Its URL may come from a file, so a token is only sent to its own host:
# where there are several hosts, the file with a token is named by its host, and else the token is for the host of the
# delivered app's repository.
reading() {
    reading_host=$(host_of "$1")
    reading_token=
    if [ -n "$GIT_TOKENS" ]; then
        reading_file="$GIT_TOKENS/$(printf '%s' "$reading_host" | tr '[:upper:]' '[:lower:]')"
        [ ! -f "$reading_file" ] || reading_token=$(cat "$reading_file")
    elif [ "$reading_host" = "$(host_of "$SOURCE_URL")" ]; then
        reading_token=$git_token
    fi
    offer "$reading_token" "$@"
}

fetch_source() { # fetch_source URL: every branch of the delivered repository
    source_store="$work/source.git"
    persist reading "$1" fetch_history "$source_store" "$1" '+refs/heads/*:refs/remotes/origin/*' ||
        fail "cannot read $1: $(git_words)(is the URL correct, and may the token of its host read it?)"
    git --git-dir="$source_store" rev-list --all >"$work/source-commits"
}

# Looked up in the list, not with git: a partial clone would try to fetch an unknown commit.
source_has() {
    grep -qx "$1" "$work/source-commits"
}

source_is_ancestor() { # source_is_ancestor OLD NEW
    is_ancestor "$source_store" "$1" "$2"
}
