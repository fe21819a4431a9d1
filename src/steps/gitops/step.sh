# Edits the GitOps repository: open, enter, promote, settle, roll-back or close.

case $ACTION in open | enter | promote | settle | roll-back | close) ;;
*) reject ACTION "$ACTION" "open, enter, promote, settle, roll-back or close" ;; esac
require label ENVIRONMENT "$ENVIRONMENT"
require label APP "$APP"
require version VERSION "$VERSION"
require line WORKFLOW_UID "$WORKFLOW_UID"
require path TREE_PATH "$TREE_PATH"

run_file="$GITOPS_PATH/$ENVIRONMENT/$VERSION.json"
permanent_file="$GITOPS_PATH/$ENVIRONMENT/$ENVIRONMENT.json"

# ---- outputs: all of them, from the start, because a step that reads a missing one fails

output() { # output NAME VALUE
    printf '%s' "$2" >"$OUT/$1"
}

default_outputs() {
    mkdir -p "$OUT"
    output namespace "$NAMESPACE"
    output salt ''
    output tree ''
    output images '{}'
    output changes '{}'
    output superseded false
    output restored '{}'
}

# output_manifest FILE CHANGES: what the next steps need to know about a manifest; CHANGES is the jq program that selects
# the entries to wait for.
output_manifest() {
    manifest_jq '(.namespace // ""), (.salt // ""), (.tree // ""),
        (.apps | with_entries(.key as $name |
            .value |= ((if $name == $app then . else settled end).images // {} | references)) | tojson),
        ('"$2"' | tojson)' -r --arg app "$APP" --arg version "$VERSION" "$1" >"$work/outputs"
    for named in namespace salt tree images changes; do
        IFS= read -r value || value=
        output "$named" "$value"
    done <"$work/outputs"
}

# ---- the current manifest

# read_manifest PATH FILE: the manifest at PATH, or an empty one. A malformed one has to be fixed by hand: overwriting it
# would lose its contents.
read_manifest() {
    read_at "$head" "$1" "$2" || echo '{"apps": {}}' >"$2"
    complain_of "$1" "$(problems 'apps_problems($namespace)' "$2" --arg namespace "$NAMESPACE")"
}

complain_of() { # complain_of PATH PROBLEMS
    [ -z "$2" ] || fail "$1 on $GITOPS_BRANCH is not a manifest that can be edited:
$2
Nothing was pushed. Fix the file by hand (git log -p -- $1 shows who changed what) and run this again."
}

# write_manifest PATH FILE PROBLEMS: the last check before a commit.
write_manifest() {
    written=$(problems "header_problems(\$environment; \$namespace), apps_problems(\$namespace)$3" "$2" \
        --arg environment "$ENVIRONMENT" --arg namespace "$NAMESPACE")
    [ -z "$written" ] || fail "the manifest for $1 would break every other environment of its ApplicationSet, so it was not pushed:
$written"
    put_file "$1" "$2"
}

entry_field() { # entry_field FILE FIELD: of the delivered app's entry
    jq -r --arg app "$APP" --arg field "$2" '.apps[$app][$field] // ""' "$1"
}

# ---- the tree that belongs to this run

# The newest commit of the tree whose pipeline is the one that this workflow was generated from. The branch may contain a
# newer program by now; the run, its scripts and its tree still agree.
find_tree() {
    [ -z "${run_tree:-}" ] || return 0
    gitops log --format=%H "$head" -- "$TREE_PATH" >"$work/tree-commits"
    record=$TREE_PATH/workflows/$PIPELINE.json
    seen=
    while read -r candidate; do
        # The same file has the same digest.
        file_at "$candidate" "$record"
        [ "$file_id" != "$seen" ] || continue
        seen=$file_id
        digest_at "$candidate" "$record"
        if [ "$record_digest" = "$PIPELINE_DIGEST" ]; then
            run_tree=$candidate
            break
        fi
    done <"$work/tree-commits"
    [ -n "${run_tree:-}" ] || fail "no commit on $GITOPS_BRANCH of $GITOPS_URL has $TREE_PATH/workflows/$PIPELINE.json with the digest $PIPELINE_DIGEST: the tree is not in the history.
This workflow was generated from a program whose tree was never committed, or was removed by a force-push. Build the program, commit $TREE_PATH, apply the workflow templates of the same build, and run again."
    read_apps
    say "tree $run_tree"
}

# What the tree says about each app that this run delivers or adds: tree.json contains {apps: {app: description}}.
read_apps() {
    : >"$work/apps"
    for described in $APP $MEMBERS $NEEDS; do
        about=$TREE_PATH/apps/$described/app.json
        if read_at "$run_tree" "$about" "$work/app.json"; then
            is_one_object "$work/app.json" || fail "$about at $run_tree is not one JSON object"
            tree_problem=$(manifest_jq '
                (.format | wanted(. == "pipelinec-app/1"; "pipelinec-app/1"; "format")),
                ((.repository // "file://none") | wanted(is_line and test("\\A((https?|file)://[^ @]+|ssh://[^ ]+)\\z"); "a URL without credentials"; "repository")),
                ((.branch // "") | wanted(is_line and (startswith("-") | not); "a branch"; "branch")),
                ((.pipeline // "") | wanted(is_line; "a name"; "pipeline")),
                ((.images // []) | wanted(type == "array" and all(.[]; is_line); "a list of names"; "images"))' \
                -r "$work/app.json")
            [ -z "$tree_problem" ] || fail "$about at $run_tree cannot be used:
$tree_problem"
            jq -c --arg app "$described" '{($app): .}' "$work/app.json" >>"$work/apps"
        elif [ "$described" = "$APP" ]; then
            fail "$about does not exist at $run_tree: the tree is incomplete. Build the program again and commit all of $TREE_PATH"
        fi
    done
    jq -s '{apps: add}' "$work/apps" >"$work/tree.json"
}

of_tree() { # of_tree APP FIELD: what the tree says about an app, or nothing
    jq -r --arg app "$1" --arg field "$2" '.apps[$app][$field] // "" | if type == "array" then join(" ") else . end' "$work/tree.json"
}

never_built() { # never_built APP IMAGES
    fail "no delivery of $1 has deployed these images to ${COPY_OF:-$ENVIRONMENT} yet: $2.
Complete the pipeline $(of_tree "$1" pipeline) first (argo submit --from workflowtemplate/$(of_tree "$1" pipeline) -p sha=<commit>), then this one again. Nothing was pushed."
}

# ---- entries: each is written to entry.json, then add_entry finds its sources

# The app that this run delivers. Its images are those of the permanent environment, overridden by those that this run built.
own_entry() { # own_entry PERMANENT STATE
    manifest_jq '.apps[$app] | images_of_run($tree[0].apps[$app].images // []; $built[0]) as $images |
        {change: $version, $state, $revision, tree: $run_tree, $branch, $images, workflow: {name: $workflow, uid: $uid}}' \
        --arg app "$APP" --arg version "$VERSION" --arg state "$2" --arg revision "$REVISION" --arg branch "$BRANCH" \
        --arg run_tree "$run_tree" --arg workflow "$WORKFLOW_NAME" --arg uid "$WORKFLOW_UID" \
        --slurpfile tree "$work/tree.json" --slurpfile built "$work/images.json" "$1" >"$work/entry.json"
    unbuilt=$(jq -r --arg app "$APP" --slurpfile tree "$work/tree.json" \
        '(($tree[0].apps[$app].images // []) - (.images | keys)) | join(" ")' "$work/entry.json")
    [ -z "$unbuilt" ] || never_built "$APP" "$unbuilt"
}

copied_entry() { # copied_entry APP FILE: another app, in its last settled state
    manifest_jq '.apps[$app] | settled | {change, state: "deployed", revision, tree,
        branch: (.branch // $tree[0].apps[$app].branch // ""), images}' \
        --arg app "$1" --slurpfile tree "$work/tree.json" "$2" >"$work/entry.json"
}

new_entry() { # new_entry APP REVISION: an app that has no entry yet
    jq -n --arg version "$VERSION" --arg revision "$2" --arg run_tree "$run_tree" --arg branch "$(of_tree "$1" branch)" \
        '{change: $version, state: "deployed", $revision, tree: $run_tree, $branch, images: {}}' >"$work/entry.json"
}

# A third-party chart, as this delivery deploys it. If the delivery does not update the environment, nothing can be rolled
# back later, and only missing charts are added.
chart_of_run() { # chart_of_run APP
    new_entry "$1" ''
    [ "$UPDATES" = true ] || return 0
    jq --arg name "$WORKFLOW_NAME" --arg uid "$WORKFLOW_UID" '.state = "deploying" |
        .deliveries = [{change, workflow: {$name, $uid}}]' "$work/entry.json" >"$work/entry.new"
    mv "$work/entry.new" "$work/entry.json"
}

# The commit at the head of a branch, looked up once: every attempt of this run uses the same one.
head_of() { # head_of APP
    [ -s "$work/head.$1" ] || look_up_head "$1" "$(of_tree "$1" repository)" "$(of_tree "$1" branch)"
    cut -c 1-40 "$work/head.$1"
}

look_up_head() { # look_up_head APP URL BRANCH
    persist list_head "$2" "$3" >"$work/head.$1" || fail "cannot list the branches of $2, the source of $1: $(git_words)"
    is_sha "$(cut -c 1-40 "$work/head.$1")" || fail "$2 has no branch '$3', from which $1 should be deployed"
}

list_head() { # list_head URL BRANCH
    reading "$1" git ls-remote "$1" "refs/heads/$2" 2>"$work/git.log"
}

# add_entry APP: pins the entry to the sources of its tree, or to those of the run's tree if the former does not contain
# this environment.
add_entry() {
    sources_path="$TREE_PATH/apps/$1/$ENVIRONMENT/sources.json"
    entry_tree=$(jq -r .tree "$work/entry.json")
    if ! has_commit "$entry_tree" || ! read_at "$entry_tree" "$sources_path" "$work/sources.json"; then
        [ "$entry_tree" = "$run_tree" ] || say "$1: $entry_tree has no $sources_path, so this run's tree is used"
        entry_tree=$run_tree
        read_at "$entry_tree" "$sources_path" "$work/sources.json" ||
            fail "the tree $run_tree has no $sources_path, but this run needs $1 in $ENVIRONMENT: build the program again and commit the complete tree"
    fi
    jq -c --arg app "$1" --arg tree "$entry_tree" --slurpfile sources "$work/sources.json" \
        'if $sources | length != 1 or (.[0] | type) != "array" then error else
            {$app, entry: (.tree = $tree), sources: $sources[0]} end' "$work/entry.json" >>"$work/entries" 2>"$work/jq.log" ||
        fail "$sources_path at $entry_tree is not a list of sources"
}

no_entries() {
    : >"$work/entries"
}

# The images of every app: the current ones, overridden by those of the new entries.
all_images='(($permanent[0].apps | map_values({images: ((settled // {}).images // {})}))
    + ($entries | map({key: .app, value: {images: .entry.images}}) | from_entries))'

# merge_entries PERMANENT RESULT EDIT ARGUMENT...: fills the entries and applies EDIT, a jq program over the manifest
# in which they are $filled: [{key: app, value: entry}].
merge_entries() {
    merge_permanent=$1
    merge_result=$2
    merge_edit=$3
    shift 3
    manifest_jq "$all_images"' as $apps | $permanent[0] |
        ($entries | map({key: .app, value: filled($environment; $namespace; $apps; $tree[0].apps)})) as $filled | '"$merge_edit" \
        -n --slurpfile entries "$work/entries" --slurpfile permanent "$merge_permanent" --slurpfile tree "$work/tree.json" \
        --arg environment "$ENVIRONMENT" --arg namespace "$NAMESPACE" --arg app "$APP" "$@" >"$merge_result"
}

# ---- open: an ephemeral environment, all of it in one file

open_environment() {
    if read_at "$head" "$run_file" "$work/open.json"; then
        reuse_environment
        return 0
    fi
    find_tree
    read_copied
    no_entries
    plan_members >"$work/plan"
    while read -r kind member; do
        case $kind in
        own) own_entry "$work/copied.json" deployed ;;
        copy) copied_entry "$member" "$work/copied.json" ;;
        chart) new_entry "$member" '' ;;
        head)
            branch_head=$(head_of "$member")
            new_entry "$member" "$branch_head"
            say "$member was never delivered: using the head of its branch"
            ;;
        unbuilt) never_built "$member" "$(of_tree "$member" images)" ;;
        dropped)
            say "$member is no longer in the tree of this run: skipped"
            continue
            ;;
        esac
        add_entry "$member"
    done <"$work/plan"
    new_header >"$work/header.json"
    merge_entries "$work/copied.json" "$work/open.json" '$header[0] + {apps: ($filled | from_entries)}' \
        --slurpfile header "$work/header.json"
    write_manifest "$run_file" "$work/open.json" ', ephemeral_problems'
    output_manifest "$work/open.json" '.apps | awaited'
}

# A file of this workflow was written by an earlier attempt, and passwords were already derived from its salt.
reuse_environment() {
    complain_of "$run_file" "$(problems 'apps_problems($namespace)' "$work/open.json" --arg namespace "$NAMESPACE")"
    owner=$(jq -r '.workflow.uid? // ""' "$work/open.json")
    [ "$owner" = "$WORKFLOW_UID" ] ||
        fail "$run_file belongs to another workflow (uid '$owner', not '$WORKFLOW_UID'): two environments cannot have the same version $VERSION. Submit this delivery again: it gets a new one"
    say "$run_file already exists, from this workflow"
    output_manifest "$work/open.json" '.apps | awaited'
}

read_copied() {
    if [ -n "$COPY_OF" ] && read_at "$head" "$GITOPS_PATH/$COPY_OF/$COPY_OF.json" "$work/copied.json"; then
        complain_of "$GITOPS_PATH/$COPY_OF/$COPY_OF.json" "$(problems 'apps_problems("")' "$work/copied.json")"
    else
        echo '{"apps": {}}' >"$work/copied.json"
    fi
}

# Each member, and the origin of its entry.
plan_members() {
    manifest_jq '$tree[0].apps as $known | .apps as $permanent |
        ($members | words + (if any(words[]; . == $app) then [] else [$app] end))[] as $member | $known[$member] as $about |
        (if $about == null then "dropped"
        elif $member == $app then "own"
        elif $about.repository == null then "chart"
        elif ($permanent[$member] | settled) then "copy"
        elif ($about.images // []) != [] then "unbuilt"
        else "head" end) + " " + $member' \
        -r --arg members "$MEMBERS" --arg app "$APP" --slurpfile tree "$work/tree.json" "$work/copied.json"
}

new_header() {
    opened=$(date +%s)
    salt=$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')
    jq -n --arg uid "$WORKFLOW_UID" --arg workflow "$WORKFLOW_NAME" --arg of "$COPY_OF" --arg commit "$head" \
        --arg salt "$salt" --arg tree "$run_tree" --arg environment "$ENVIRONMENT" --arg namespace "$NAMESPACE" \
        --argjson now "$opened" --argjson ttl "$TTL_SECONDS" '
        { format: "pipelinec/1", $environment, $namespace, created: ($now | todate), expires: ($now + $ttl | todate),
          $salt, workflow: {name: $workflow, $uid} }
        + (if $of == "" then {} else {copy: {$of, $commit}} end) + {$tree}'
}

# ---- enter: the last check of a permanent environment before this run changes it

enter_environment() {
    find_tree
    read_manifest "$permanent_file" "$work/permanent.json"
    if is_superseded; then
        output superseded true
        output_manifest "$work/permanent.json" '{}'
        return 0
    fi
    own_entry "$work/permanent.json" deploying
    jq .images "$work/entry.json" >"$work/own-images.json"
    read_staged
    no_entries
    plan_needs >"$work/plan"
    while read -r kind needed; do
        case $kind in
        chart)
            tree_is_older "$(jq -r --arg app "$needed" '.apps[$app].tree // ""' "$work/permanent.json")" && continue
            chart_of_run "$needed"
            ;;
        staged)
            copied_entry "$needed" "$work/staged.json"
            jq --arg version "$VERSION" '.change = $version' "$work/entry.json" >"$work/entry.new"
            mv "$work/entry.new" "$work/entry.json"
            ;;
        head)
            branch_head=$(head_of "$needed")
            new_entry "$needed" "$branch_head"
            say "$needed was never delivered: using the head of its branch"
            ;;
        unbuilt) never_built "$needed" "$(of_tree "$needed" images)" ;;
        dropped)
            say "$needed is no longer in the tree of this run: skipped"
            continue
            ;;
        esac
        add_entry "$needed"
    done <"$work/plan"
    # A chart whose sources did not change keeps its entry: a new change id alone does not justify a commit.
    merge_entries "$work/permanent.json" "$work/merged.json" 'reduce $filled[] as $new (.;
        .apps[$new.key] = if $tree[0].apps[$new.key].repository then $new.value
            else chart_entry(.apps[$new.key]; $new.value; $updates) end)' --argjson updates "$UPDATES"
    write_permanent
    # Only wait for what this run added: the entry of another app may change at any time, through its own pipeline.
    output_manifest "$work/permanent.json" \
        '.apps | with_entries(select(.key != $app and (.value | .change == $version or is_of($version)))) | awaited'
    output images "$(jq -c --arg app "$APP" --slurpfile own "$work/own-images.json" \
        '.[$app] = ($own[0] | map_values({reference: "\(.repository)@\(.digest)"} + .))' "$OUT/images")"
}

# Deploying an older commit would undo a newer delivery.
is_superseded() {
    manifest_jq '.apps[$app] // {} | (.change // ""), (.state // ""), (settled // {} | (.revision // ""), (.change // ""))' -r \
        --arg app "$APP" "$work/permanent.json" >"$work/current"
    { read -r entry_change; read -r entry_state; read -r current; read -r current_change; } <"$work/current"
    [ -n "$current" ] && [ "$entry_change" != "$VERSION" ] || return 1
    if [ "$current" = "$REVISION" ]; then
        [ "$FORCE" != true ] && [ "$entry_state" = deployed ] || return 1
        say "superseded: $ENVIRONMENT already runs $REVISION (delivered as $current_change); set force to deliver it again"
        return 0
    fi
    [ -f "$work/source-commits" ] || fetch_source "$SOURCE_URL"
    for known in "$REVISION" "$current"; do
        if ! source_has "$known"; then
            say "$known is on no branch of $SOURCE_URL (a force-push?), so it is unknown which one is newer: continuing"
            return 1
        fi
    done
    if source_is_ancestor "$REVISION" "$current"; then
        say "superseded: $ENVIRONMENT runs $current, which already contains $REVISION"
        return 0
    fi
    source_is_ancestor "$current" "$REVISION" ||
        say "$REVISION does not contain $current, which $ENVIRONMENT runs (a force-push?): continuing"
    return 1
}

# The manifest of the environment in which this version was tested. If a teardown before this stage has deleted it, the
# commit before that still contains it.
read_staged() {
    staged_file=$GITOPS_PATH/$STAGED/$VERSION.json
    removal=
    [ -z "$STAGED" ] || removal=$(gitops log -1 --diff-filter=D --format=%H "$head" -- "$staged_file")
    if [ -n "$STAGED" ] && read_at "$head" "$staged_file" "$work/staged.json" ||
        { [ -n "$removal" ] && read_at "$removal^" "$staged_file" "$work/staged.json"; }; then
        complain_of "$staged_file" "$(problems 'apps_problems("")' "$work/staged.json")"
    else
        echo '{"apps": {}}' >"$work/staged.json"
    fi
}

# Each missing app that is needed, and the origin of its entry; charts always, because no pipeline updates them.
plan_needs() {
    manifest_jq '$tree[0].apps as $known | .apps as $permanent | $staged[0].apps as $tested |
        ($needs | words[]) as $need | select($need != $app) | $known[$need] as $about |
        (if $about == null then "dropped"
        elif $about.repository == null then "chart"
        elif $permanent[$need] then empty
        elif $tested[$need] then "staged"
        elif ($about.images // []) != [] then "unbuilt"
        else "head" end) + " " + $need' \
        -r --arg needs "$NEEDS" --arg app "$APP" --slurpfile tree "$work/tree.json" --slurpfile staged "$work/staged.json" \
        "$work/permanent.json"
}

# tree_is_older COMMIT: whether this run's tree is an ancestor of the commit, so that using it would be a downgrade.
tree_is_older() {
    [ -n "$1" ] && [ "$1" != "$run_tree" ] && has_commit "$1" && is_ancestor "$work/gitops.git" "$run_tree" "$1"
}

# The folder of the environment itself (namespace, quota, secrets) only moves forward, and only if it has changed.
environment_tree() { # environment_tree COMMIT
    folder="$TREE_PATH/environments/$ENVIRONMENT"
    before=$(gitops rev-parse -q --verify "$1:$folder" 2>/dev/null) || before=none
    after=$(gitops rev-parse -q --verify "$run_tree:$folder" 2>/dev/null) || after=none
    if is_sha "$1" && { [ "$before" = "$after" ] || tree_is_older "$1"; }; then echo "$1"; else echo "$run_tree"; fi
}

# write_permanent: merged.json becomes the permanent manifest, unless it equals permanent.json. The header names the last
# run that changed something.
write_permanent() {
    forward=$(environment_tree "$(jq -r '.tree // ""' "$work/permanent.json")")
    jq --arg tree "$forward" 'if .apps == {} then . else .tree = $tree end' "$work/merged.json" >"$work/moved.json"
    jq -e -n --slurpfile old "$work/permanent.json" --slurpfile new "$work/moved.json" '$old == $new' >/dev/null && return 0
    with_header "$work/moved.json" "$work/permanent.json"
    write_manifest "$permanent_file" "$work/permanent.json" ''
}

with_header() { # with_header FILE RESULT
    jq --arg environment "$ENVIRONMENT" --arg namespace "$NAMESPACE" --arg workflow "$WORKFLOW_NAME" --arg uid "$WORKFLOW_UID" \
        --argjson now "$(date +%s)" '
        { format: "pipelinec/1", $environment, $namespace, created: (.created // ($now | todate)),
          workflow: {name: $workflow, $uid}, tree }
        + del(.format, .environment, .namespace, .created, .workflow, .tree)' "$1" >"$2"
}

# ---- promote and settle: the delivered app in a permanent environment

promote_app() {
    find_tree
    read_manifest "$permanent_file" "$work/permanent.json"
    if [ "$(entry_field "$work/permanent.json" change)" = "$VERSION" ]; then
        [ "$(entry_field "$work/permanent.json" state)" != failed ] ||
            fail "$APP $VERSION has already failed in $ENVIRONMENT; submit a new delivery"
        output_manifest "$work/permanent.json" '.apps | with_entries(select(.key == $app)) | awaited'
        return 0
    fi
    own_entry "$work/permanent.json" deploying
    no_entries
    add_entry "$APP"
    # An entry in state deploying has lost its owner (this run holds the lock), so what it replaced is the rollback target.
    merge_entries "$work/permanent.json" "$work/merged.json" '
        (.apps[$app] | settled | without_previous) as $previous |
        .apps[$app] = $filled[0].value + (if $previous then {$previous} else {} end)'
    write_permanent
    output_manifest "$work/permanent.json" '.apps | with_entries(select(.key == $app)) | awaited'
}

settle_app() {
    read_manifest "$permanent_file" "$work/permanent.json"
    [ "$(entry_field "$work/permanent.json" change)" = "$VERSION" ] ||
        fail "$ENVIRONMENT no longer contains $APP $VERSION (it contains '$(entry_field "$work/permanent.json" change)'): it was rolled back, or another version was promoted in the meantime, so this delivery is not settled"
    case $(entry_field "$work/permanent.json" state) in
    deploying)
        # Only a delivery in progress can be rolled back, so what it replaced is no longer needed.
        manifest_jq '.apps |= map_values(if is_of($version) then settle else . end)' --arg version "$VERSION" \
            "$work/permanent.json" >"$work/merged.json"
        with_header "$work/merged.json" "$work/permanent.json"
        write_manifest "$permanent_file" "$work/permanent.json" ''
        ;;
    failed) fail "$APP $VERSION was marked as failed in $ENVIRONMENT: it cannot be settled" ;;
    esac
    output_manifest "$work/permanent.json" '.apps | with_entries(select(.key == $app)) | awaited'
}

# ---- roll-back: no lock is needed, because only entries of this run are changed

roll_back_apps() {
    output restored '{}'
    read_manifest "$permanent_file" "$work/permanent.json"
    output_manifest "$work/permanent.json" '{}'
    manifest_jq '.apps[] | is_of($version)' --arg version "$VERSION" "$work/permanent.json" >"$work/unfinished"
    if ! grep -q true "$work/unfinished"; then
        say "$ENVIRONMENT does not contain an unfinished $APP $VERSION: nothing to roll back"
        return 0
    fi
    manifest_jq '.apps |= map_values(roll_back($version))' --arg version "$VERSION" "$work/permanent.json" >"$work/merged.json"
    # The new state of each app that this has changed.
    manifest_jq '$before[0].apps as $before | .apps | to_entries[] | select($before[.key] | is_of($version)) |
        [.key, .value.state, .value.change] | join(" ")' -r --arg version "$VERSION" \
        --slurpfile before "$work/permanent.json" "$work/merged.json" >"$work/changed"
    manifest_jq '$before[0].apps as $before | .apps | with_entries(select(($before[.key] | is_of($version)) and
        .value.state == "deployed")) | awaited' -c --arg version "$VERSION" \
        --slurpfile before "$work/permanent.json" "$work/merged.json" >"$work/awaited"
    with_header "$work/merged.json" "$work/permanent.json"
    write_manifest "$permanent_file" "$work/permanent.json" ''
    output_manifest "$work/permanent.json" '{}'
    output restored "$(cat "$work/awaited")"
    while read -r app state change; do
        case $state in
        failed) say "WARNING: this was the first delivery of $app to $ENVIRONMENT, so there is nothing to roll back to. The failed version is still running; its entry has the state failed. Fix it with another delivery." ;;
        deploying) say "$ENVIRONMENT keeps $app $change: another unfinished delivery deploys the same" ;;
        *) say "$ENVIRONMENT is rolled back to $app $change" ;;
        esac
    done <"$work/changed"
}

# ---- close

close_environment() {
    if ! read_at "$head" "$run_file" "$work/close.json"; then
        say "$run_file is already deleted"
        return 0
    fi
    # An unreadable file with this run's version belongs to this run, and breaks the others until it is deleted.
    if is_one_object "$work/close.json"; then
        owner=$(jq -r '.workflow.uid? // ""' "$work/close.json")
        [ "$owner" = "$WORKFLOW_UID" ] ||
            fail "$run_file belongs to another workflow (uid '$owner', not '$WORKFLOW_UID'): it was not changed"
    fi
    remove_file "$run_file"
}

# ----

for list in MEMBERS:"$MEMBERS" NEEDS:"$NEEDS"; do require_labels "${list%%:*}" "${list#*:}"; done
for optional in COPY_OF:"$COPY_OF" STAGED:"$STAGED"; do
    [ -z "${optional#*:}" ] || require label "${optional%%:*}" "${optional#*:}"
done
require flag FORCE "$FORCE"
require flag UPDATES "$UPDATES"

case $ACTION in
open | close) NAMESPACE=$VERSION ;;
*) require label NAMESPACE "$NAMESPACE" ;;
esac
case $ACTION in open | enter | promote)
    require sha REVISION "$REVISION"
    require line BRANCH "$BRANCH"
    require label PIPELINE "$PIPELINE"
    require line PIPELINE_DIGEST "$PIPELINE_DIGEST"
    printf '%s' "$IMAGES" | manifest_jq run_images -R -s >"$work/images.json" || exit 1
    ;;
esac
[ "$ACTION" != open ] || require seconds TTL_SECONDS "$TTL_SECONDS"
case $ACTION in open | enter) require url SOURCE_URL "$SOURCE_URL" ;; esac

default_outputs
case $ACTION in
open) push_edit "open $ENVIRONMENT $VERSION for $APP" open_environment ;;
enter) push_edit "enter $ENVIRONMENT for $APP $VERSION" enter_environment ;;
promote) push_edit "promote $APP $VERSION to $ENVIRONMENT" promote_app ;;
settle) push_edit "settle $APP $VERSION in $ENVIRONMENT" settle_app ;;
roll-back) push_edit "roll back $APP in $ENVIRONMENT from $VERSION" roll_back_apps ;;
close) push_edit "close $ENVIRONMENT $VERSION" close_environment ;;
esac
