# The GitOps repository: read at one commit, edited in an index, pushed until it succeeds.

export GIT_COMMITTER_NAME="$GIT_AUTHOR_NAME"
export GIT_COMMITTER_EMAIL="$GIT_AUTHOR_EMAIL"
export GIT_INDEX_FILE="$work/index"

require line GIT_AUTHOR_NAME "$GIT_AUTHOR_NAME"
require line GIT_AUTHOR_EMAIL "$GIT_AUTHOR_EMAIL"
require line WORKFLOW_NAME "$WORKFLOW_NAME"
require url GITOPS_URL "$GITOPS_URL"
require path GITOPS_PATH "$GITOPS_PATH"
require_branch GITOPS_BRANCH "$GITOPS_BRANCH"

# Only commands that contact the repository get the token; reading a file may fetch it.
gitops() {
    case $1 in
    push | cat-file) offer "$gitops_token" "$GITOPS_URL" git --git-dir="$work/gitops.git" "$@" ;;
    *) git --git-dir="$work/gitops.git" "$@" ;;
    esac
}

# Updates `head`, the commit from which this attempt starts.
fetch_gitops() {
    offer "$gitops_token" "$GITOPS_URL" fetch_history "$work/gitops.git" "$GITOPS_URL" "+refs/heads/$GITOPS_BRANCH:refs/remotes/origin/$GITOPS_BRANCH" || {
        if grep -q "couldn't find remote ref" "$work/git.log"; then
            fail "$GITOPS_URL has no branch '$GITOPS_BRANCH' (is the repository empty?): commit the generated tree to it first"
        fi
        return 1
    }
    head=$(gitops rev-parse --verify -q "refs/remotes/origin/$GITOPS_BRANCH^{commit}")
}

put_file() { # put_file PATH FILE
    put_id=$(gitops hash-object -w --stdin <"$2")
    printf '100644 %s\t%s\n' "$put_id" "$1" | gitops update-index --index-info
}

remove_file() { # remove_file PATH
    printf '0 0000000000000000000000000000000000000000\t%s\n' "$1" | gitops update-index --index-info
}

commit_index() { # commit_index SUBJECT: prints the commit, or nothing if the edit changed nothing
    commit_tree=$(gitops write-tree --missing-ok)
    [ "$commit_tree" != "$(gitops rev-parse "$head^{tree}")" ] || return 0
    printf '%s\n\nPipelinec-Workflow: %s\n' "$1" "$WORKFLOW_NAME" | gitops commit-tree "$commit_tree" -p "$head"
}

push_commit() {
    gitops push -q origin "$1:refs/heads/$GITOPS_BRANCH" >"$work/git.log" 2>&1
}

# push_edit SUBJECT EDIT: runs EDIT on the newest state and pushes the result; after a conflict, the edit is repeated on
# the new state. EDIT first checks whether its effect is already there, so a push whose response was lost is harmless.
push_edit() {
    attempt=1
    while :; do
        if fetch_gitops; then
            gitops read-tree "$head"
            "$2"
            commit=$(commit_index "$1")
            if [ -z "$commit" ]; then
                say "nothing to change at $head"
                return 0
            fi
            if push_commit "$commit"; then
                say "pushed $commit: $1"
                return 0
            fi
        fi
        [ "$attempt" -lt 20 ] || fail "cannot push to $GITOPS_URL ($GITOPS_BRANCH): gave up after $attempt attempts. Last output of git: $(git_words)
If the push was rejected, check that GITOPS_TOKEN may write contents and that branch protection lets $GIT_AUTHOR_NAME push."
        say "attempt $attempt failed: $(git_words)"
        attempt=$((attempt + 1))
        pause
    done
}
