# Files of the GitOps repository at a commit, through `gitops`, which is git in its store.

# blob_at COMMIT PATH: the id of a plain file, or nothing.
blob_at() {
    gitops ls-tree "$1" "$2" 2>/dev/null | sed -n 's/^100[67][45][45] blob \([0-9a-f]*\)[[:space:]].*/\1/p'
}

read_blob() {
    gitops cat-file blob "$1" 2>"$work/git.log" >"$2"
}

# read_at COMMIT PATH FILE: copies a file of the repository; false where the commit has none.
read_at() {
    read_id=$(blob_at "$1" "$2")
    [ -n "$read_id" ] || return 1
    persist read_blob "$read_id" "$3" || fail "could not read $2 at $1 from $GITOPS_URL: $(git_words)"
}

# digest_at COMMIT RECORD: the digest that the record of a pipeline has there, or nothing.
digest_at() {
    ! read_at "$1" "$2" "$work/record.json" ||
        jq -r '.digest? // "" | strings' "$work/record.json" 2>/dev/null || true
}
