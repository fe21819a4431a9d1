# The first step: the commit is one that this pipeline delivers, and the two templates belong together.

[ "$TREE_DIGEST" = "$SHARED_DIGEST" ] ||
    fail "mixed pair: this pipeline was generated with the tree $TREE_DIGEST, the shared template with $SHARED_DIGEST. Apply both from one build; a sync that is still running mends itself, so run this again in a minute"

by_hand="To deliver by hand: argo submit --from workflowtemplate/<pipeline> -p sha=<40 hexadecimal digits>"
is_sha "$REVISION" || reject REVISION "$REVISION" "a full commit id of 40 hexadecimal digits. $by_hand"
[ "$REVISION" != 0000000000000000000000000000000000000000 ] ||
    fail "REVISION is all zeros, which is what a deleted branch or a run without a commit looks like. $by_hand"
require url SOURCE_URL "$SOURCE_URL"
require_branch BRANCH "$BRANCH"

offer_token "$SOURCE_URL"
fetch_source "$SOURCE_URL"
source_has "$REVISION" ||
    fail "$REVISION is on no branch of $SOURCE_URL: a force-push may have removed it, or it is of another repository"
git --git-dir="$source_store" rev-parse -q --verify "refs/remotes/origin/$BRANCH^{commit}" >/dev/null ||
    fail "$SOURCE_URL has no branch '$BRANCH'"
source_is_ancestor "$REVISION" "refs/remotes/origin/$BRANCH" ||
    fail "$REVISION is not on the branch '$BRANCH' of $SOURCE_URL, and only what is on it is delivered: merge it first"

say "$REVISION on $BRANCH: $(git --git-dir="$source_store" log -1 --format=%s "$REVISION")"
