# Files of the GitOps repository at a commit, through `gitops`, which is git in its store.

read_blob() {
    gitops cat-file blob "$1" 2>"$work/git.log" >"$2"
}

# list_at COMMIT ARGUMENT...: lists the contents of a commit in the file "listed". A failure is never taken for an empty
# result: an empty manifest would overwrite a full one.
list_at() {
    gitops ls-tree "$@" >"$work/listed" 2>"$work/git.log" ||
        fail "cannot list $1 of $GITOPS_URL ($GITOPS_BRANCH): $(git_words)"
}

# file_at COMMIT PATH: sets file_id to the id of a plain file, or to nothing.
file_at() {
    list_at "$1" "$2"
    file_id=$(sed -n 's/^100[67][45][45] blob \([0-9a-f]*\)[[:space:]].*/\1/p' "$work/listed")
}

# read_at COMMIT PATH FILE: copies a file of the repository; false if the commit does not contain it.
read_at() {
    file_at "$1" "$2"
    [ -n "$file_id" ] || return 1
    persist read_blob "$file_id" "$3" || fail "cannot read $2 at $1 from $GITOPS_URL: $(git_words)"
}

# Whether such a commit exists: one that a manifest names may have been removed by a force-push.
has_commit() { # has_commit COMMIT
    gitops cat-file -e "$1^{commit}" 2>"$work/git.log"
}
