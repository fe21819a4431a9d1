# The first step: checks that this pipeline delivers the commit, and that the templates of this run belong to its tree.

require label PIPELINE "$PIPELINE"
require line PIPELINE_DIGEST "$PIPELINE_DIGEST"
require url GITOPS_URL "$GITOPS_URL"
require_branch GITOPS_BRANCH "$GITOPS_BRANCH"
require path TREE_PATH "$TREE_PATH"

mkdir -p "$OUT"
printf false >"$OUT/outdated"

outdated() { # outdated REASON WHY
    say "$2: this run ends here, and restarts from the new templates"
    printf '%s' "$1" >"$OUT/outdated"
    exit 0
}

[ "$SHARED_DIGEST" = "$STEPS_DIGEST" ] ||
    outdated mixed "the pipeline's template and the shared one come from different builds, so Argo CD is replacing them"

by_hand="To deliver by hand: argo submit --from workflowtemplate/$PIPELINE -p sha=<40 hexadecimal digits>"
is_sha "$REVISION" || reject REVISION "$REVISION" "a full commit id of 40 hexadecimal digits. $by_hand"
[ "$REVISION" != 0000000000000000000000000000000000000000 ] ||
    fail "REVISION is all zeros, as for a deleted branch or a run without a commit. $by_hand"
require url SOURCE_URL "$SOURCE_URL"
require_branch BRANCH "$BRANCH"

fetch_source "$SOURCE_URL"
# The push is very recent: the server may not have it yet.
looked=1
until source_has "$REVISION" || [ "$looked" -ge 5 ]; do
    looked=$((looked + 1))
    pause
    fetch_source "$SOURCE_URL"
done
source_has "$REVISION" ||
    fail "$REVISION is on no branch of $SOURCE_URL: it may have been removed by a force-push, or belong to another repository"
git --git-dir="$source_store" rev-parse -q --verify "refs/remotes/origin/$BRANCH^{commit}" >/dev/null ||
    fail "$SOURCE_URL has no branch '$BRANCH'"
source_is_ancestor "$REVISION" "refs/remotes/origin/$BRANCH" ||
    fail "$REVISION is not on the branch '$BRANCH' of $SOURCE_URL, and only commits on it are delivered: merge it first"

say "$REVISION on $BRANCH: $(git --git-dir="$source_store" log -1 --format=%s "$REVISION")"

gitops() {
    reading "$SOURCE_URL" git --git-dir="$source_store" "$@"
}

# Whether the commit contains a tree that is newer than the templates of this run. Templates that are newer than the commit
# do not matter: they belong to a later push, which waits its turn.
is_behind() {
    record=$TREE_PATH/workflows/$PIPELINE.json
    digest_at "$REVISION" "$record"
    [ -n "$record_digest" ] && [ "$record_digest" != "$PIPELINE_DIGEST" ] || return 1
    gitops log --format=%H "refs/remotes/origin/$BRANCH" -- "$record" >"$work/records" 2>"$work/git.log" ||
        fail "cannot read the history of $record: $(git_words)"
    while read -r candidate; do
        digest_at "$candidate" "$record"
        if [ "$record_digest" = "$PIPELINE_DIGEST" ]; then
            if source_is_ancestor "$REVISION" "$candidate"; then return 1; else return 0; fi
        fi
    done <"$work/records"
    return 1
}

# An app may be in the GitOps repository. Its push starts a run immediately, and Argo CD may still have to apply the
# templates of that push: those of this run would deliver the previous tree.
if [ "$SOURCE_URL" = "$GITOPS_URL" ] && [ "$BRANCH" = "$GITOPS_BRANCH" ] && is_behind; then
    outdated behind "this commit changes the pipeline, and Argo CD has not applied its templates yet"
fi
