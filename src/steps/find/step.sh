# Finds the commit of a run that a tag or a schedule has started, or somebody by hand: what a tag points to, or the head of
# a branch. What follows checks it as that of any run.

require url SOURCE_URL "$SOURCE_URL"
require_branch BRANCH "$BRANCH"
[ -z "$REVISION" ] || require sha REVISION "$REVISION"

fetch_tag() {
    reading "$SOURCE_URL" git --git-dir="$source_store" fetch -q --no-tags --filter=blob:none origin \
        "+refs/tags/$TAG:refs/tags/$TAG" >"$work/git.log" 2>&1
}

fetch_source "$SOURCE_URL"
found=
if [ -n "$TAG" ]; then
    case $TAG in -* | *[!A-Za-z0-9._/+@=-]*) reject TAG "$TAG" "the name of a tag, of letters, digits and . _ / + @ = -" ;; esac
    if [ "${#TAG}" -gt 250 ] || ! git check-ref-format "refs/tags/$TAG"; then reject TAG "$TAG" "the name of a tag"; fi
    persist fetch_tag || fail "cannot read the tag '$TAG' of $SOURCE_URL: $(git_words)"
    # An annotated tag is an object of its own, which points to the commit.
    found=$(git --git-dir="$source_store" rev-parse -q --verify "refs/tags/$TAG^{commit}") ||
        fail "the tag '$TAG' of $SOURCE_URL does not point to a commit"
    [ "${REVISION:-$found}" = "$found" ] ||
        fail "the tag '$TAG' was moved: it pointed to $REVISION when this run was started, and points to $found now. The run of the moved tag delivers it"
elif [ -z "$REVISION" ]; then
    found=$(git --git-dir="$source_store" rev-parse -q --verify "refs/remotes/origin/$BRANCH^{commit}") ||
        fail "$SOURCE_URL has no branch '$BRANCH'"
fi
REVISION=${REVISION:-$found}
mkdir -p "$OUT"
printf '%s' "$REVISION" >"$OUT/revision"

