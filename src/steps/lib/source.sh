# The repositories of apps, which are only read: by a token that no step that writes has to use.

host_of() {
    host_rest=${1#*://}
    host_rest=${host_rest%%/*}
    printf '%s' "${host_rest##*@}"
}

# reading URL COMMAND...: a repository of an app. Its address may come from a file, so only the host of the delivered app's
# repository is given the token.
reading() {
    if [ "$(host_of "$1")" = "$(host_of "$SOURCE_URL")" ]; then
        offer "$git_token" "$@"
    else
        offer '' "$@"
    fi
}

fetch_source() { # fetch_source URL: every branch of the repository that is delivered
    source_store="$work/source.git"
    persist reading "$1" fetch_history "$source_store" "$1" '+refs/heads/*:refs/remotes/origin/*' ||
        fail "could not read $1: $(git_words)(is the address right, and may GIT_TOKEN read it?)"
    git --git-dir="$source_store" rev-list --all >"$work/source-commits"
}

# Asked of the list, not of git: a partial clone would try to fetch a commit that it does not know.
source_has() {
    grep -qx "$1" "$work/source-commits"
}

source_is_ancestor() { # source_is_ancestor OLD NEW
    is_ancestor "$source_store" "$1" "$2"
}
