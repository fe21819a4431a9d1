# One edit of the GitOps repository: open, enter, promote, settle, put-back or close.

case $ACTION in open | enter | promote | settle | put-back | close) ;;
*) reject ACTION "$ACTION" "open, enter, promote, settle, put-back or close" ;; esac
require label ENVIRONMENT "$ENVIRONMENT"
require label APP "$APP"
require version VERSION "$VERSION"
require line WORKFLOW_UID "$WORKFLOW_UID"
require path TREE_PATH "$TREE_PATH"

run_file="$GITOPS_PATH/$ENVIRONMENT/$VERSION.json"
standing_file="$GITOPS_PATH/$ENVIRONMENT/$ENVIRONMENT.json"

# ---- outputs: all of them, from the first moment, because a step that reads a missing one fails

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

# output_manifest FILE CHANGES: what the next steps need to know of a manifest; CHANGES is the jq program that picks
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

# ---- the manifest as it is now

# read_manifest PATH FILE: what stands there, or an empty manifest. A broken one is for a person to mend: writing over
# it would lose whatever it was meant to say.
read_manifest() {
    read_at "$head" "$1" "$2" || echo '{"apps": {}}' >"$2"
    complain_of "$1" "$(problems 'apps_problems($namespace)' "$2" --arg namespace "$NAMESPACE")"
}

complain_of() { # complain_of PATH PROBLEMS
    [ -z "$2" ] || fail "$1 on $GITOPS_BRANCH is not a manifest that can be edited:
$2
Nothing was pushed. Mend the file by hand (git log -p -- $1 shows who wrote what) and run this again."
}

# write_manifest PATH FILE PROBLEMS: the last look before a commit.
write_manifest() {
    written=$(problems "header_problems(\$environment; \$namespace), apps_problems(\$namespace)$3" "$2" \
        --arg environment "$ENVIRONMENT" --arg namespace "$NAMESPACE")
    [ -z "$written" ] || fail "the manifest made for $1 would stop every environment beside it, so it was not pushed:
$written"
    put_file "$1" "$2"
}

entry_field() { # entry_field FILE FIELD: of the delivered app's own entry
    jq -r --arg app "$APP" --arg field "$2" '.apps[$app][$field] // ""' "$1"
}

# ---- the tree that belongs to this run

# The newest commit of the tree whose pipeline is the one that this workflow was generated with. The branch may have moved
# on to another spec since; the run, its scripts and its tree still agree.
find_tree() {
    [ -z "${run_tree:-}" ] || return 0
    gitops log --format=%H "$head" -- "$TREE_PATH" >"$work/tree-commits"
    record=$TREE_PATH/workflows/$PIPELINE.json
    seen=
    while read -r candidate; do
        # The same file says the same again.
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
This workflow was generated from a spec whose tree was never committed, or was force-pushed away. Build the spec, commit $TREE_PATH, apply the workflow templates of that same build, and run again."
    read_apps
    say "tree $run_tree"
}

# What the tree says of each app that this run delivers or brings along: tree.json holds {apps: {app: what}}.
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
            fail "$about is not there at $run_tree: the tree is not complete. Build the spec again and commit all of $TREE_PATH"
        fi
    done
    jq -s '{apps: add}' "$work/apps" >"$work/tree.json"
}

of_tree() { # of_tree APP FIELD: what the tree says of an app, or nothing
    jq -r --arg app "$1" --arg field "$2" '.apps[$app][$field] // "" | if type == "array" then join(" ") else . end' "$work/tree.json"
}

never_built() { # never_built APP IMAGES
    fail "no delivery of $1 has put these images into ${COPY_OF:-$ENVIRONMENT} yet: $2.
Run the pipeline $(of_tree "$1" pipeline) to the end first (argo submit --from workflowtemplate/$(of_tree "$1" pipeline) -p sha=<commit>), then this one again. Nothing was pushed."
}

# ---- entries: each is written to entry.json, then add_entry finds the sources that go with it

# The app that this run delivers. Its images are those of the standing environment, under those that this run built.
own_entry() { # own_entry STANDING STATE
    manifest_jq '.apps[$app] | images_of_run($tree[0].apps[$app].images // []; $built[0]) as $images |
        {change: $version, $state, $revision, tree: $run_tree, $branch, $images, workflow: {name: $workflow, uid: $uid}}' \
        --arg app "$APP" --arg version "$VERSION" --arg state "$2" --arg revision "$REVISION" --arg branch "$BRANCH" \
        --arg run_tree "$run_tree" --arg workflow "$WORKFLOW_NAME" --arg uid "$WORKFLOW_UID" \
        --slurpfile tree "$work/tree.json" --slurpfile built "$work/images.json" "$1" >"$work/entry.json"
    unbuilt=$(jq -r --arg app "$APP" --slurpfile tree "$work/tree.json" \
        '(($tree[0].apps[$app].images // []) - (.images | keys)) | join(" ")' "$work/entry.json")
    [ -z "$unbuilt" ] || never_built "$APP" "$unbuilt"
}

copied_entry() { # copied_entry APP FILE: a neighbour, as it last proved itself
    manifest_jq '.apps[$app] | settled | {change, state: "deployed", revision, tree,
        branch: (.branch // $tree[0].apps[$app].branch // ""), images}' \
        --arg app "$1" --slurpfile tree "$work/tree.json" "$2" >"$work/entry.json"
}

new_entry() { # new_entry APP REVISION: an app that has no entry to go by
    jq -n --arg version "$VERSION" --arg revision "$2" --arg run_tree "$run_tree" --arg branch "$(of_tree "$1" branch)" \
        '{change: $version, state: "deployed", $revision, tree: $run_tree, $branch, images: {}}' >"$work/entry.json"
}

# An app that is a chart of other people, as this delivery brings it. Where it does not update the environment there is
# nothing to go back to later, and only what is missing is brought.
chart_of_run() { # chart_of_run APP
    new_entry "$1" ''
    [ "$UPDATES" = true ] || return 0
    jq --arg name "$WORKFLOW_NAME" --arg uid "$WORKFLOW_UID" '.state = "deploying" |
        .deliveries = [{change, workflow: {$name, $uid}}]' "$work/entry.json" >"$work/entry.new"
    mv "$work/entry.new" "$work/entry.json"
}

# The commit that a branch is at, looked up once: every attempt of this run means the same one.
head_of() { # head_of APP
    [ -s "$work/head.$1" ] || look_up_head "$1" "$(of_tree "$1" repository)" "$(of_tree "$1" branch)"
    cut -c 1-40 "$work/head.$1"
}

look_up_head() { # look_up_head APP URL BRANCH
    persist list_head "$2" "$3" >"$work/head.$1" || fail "could not list the branches of $2, where $1 lives: $(git_words)"
    is_sha "$(cut -c 1-40 "$work/head.$1")" || fail "$2 has no branch '$3', from which $1 was to be taken"
}

list_head() { # list_head URL BRANCH
    reading "$1" git ls-remote "$1" "refs/heads/$2" 2>"$work/git.log"
}

# add_entry APP: pins the entry to the sources of its own tree, or of the run's where that one does not know this
# environment.
add_entry() {
    sources_path="$TREE_PATH/apps/$1/$ENVIRONMENT/sources.json"
    entry_tree=$(jq -r .tree "$work/entry.json")
    if ! has_commit "$entry_tree" || ! read_at "$entry_tree" "$sources_path" "$work/sources.json"; then
        [ "$entry_tree" = "$run_tree" ] || say "$1: $entry_tree has no $sources_path, so this run's tree is used"
        entry_tree=$run_tree
        read_at "$entry_tree" "$sources_path" "$work/sources.json" ||
            fail "the tree $run_tree has no $sources_path, yet this run needs $1 in $ENVIRONMENT: build the spec again and commit the whole tree"
    fi
    jq -c --arg app "$1" --arg tree "$entry_tree" --slurpfile sources "$work/sources.json" \
        'if $sources | length != 1 or (.[0] | type) != "array" then error else
            {$app, entry: (.tree = $tree), sources: $sources[0]} end' "$work/entry.json" >>"$work/entries" 2>"$work/jq.log" ||
        fail "$sources_path at $entry_tree is not a list of sources"
}

no_entries() {
    : >"$work/entries"
}

# The images of every app: those standing, under those of the entries to come.
all_images='(($standing[0].apps | map_values({images: ((settled // {}).images // {})}))
    + ($entries | map({key: .app, value: {images: .entry.images}}) | from_entries))'

# merge_entries STANDING RESULT EDIT ARGUMENT...: fills the entries and applies EDIT, a jq program over the manifest
# that finds them as $filled: [{key: app, value: entry}].
merge_entries() {
    merge_standing=$1
    merge_result=$2
    merge_edit=$3
    shift 3
    manifest_jq "$all_images"' as $apps | $standing[0] |
        ($entries | map({key: .app, value: filled($environment; $namespace; $apps; $tree[0].apps)})) as $filled | '"$merge_edit" \
        -n --slurpfile entries "$work/entries" --slurpfile standing "$merge_standing" --slurpfile tree "$work/tree.json" \
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
            say "$member was never delivered: taken at the head of its branch"
            ;;
        unbuilt) never_built "$member" "$(of_tree "$member" images)" ;;
        dropped)
            say "$member is not in the tree of this run any more: left out"
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

# A file of this very workflow is the work of an earlier attempt, and its salt has made passwords already.
reuse_environment() {
    complain_of "$run_file" "$(problems 'apps_problems($namespace)' "$work/open.json" --arg namespace "$NAMESPACE")"
    owner=$(jq -r '.workflow.uid? // ""' "$work/open.json")
    [ "$owner" = "$WORKFLOW_UID" ] ||
        fail "$run_file belongs to another workflow (uid '$owner', not '$WORKFLOW_UID'): two environments cannot share the version $VERSION. Submit this delivery again: it gets a new one"
    say "$run_file is there already, from this workflow"
    output_manifest "$work/open.json" '.apps | awaited'
}

read_copied() {
    if [ -n "$COPY_OF" ] && read_at "$head" "$GITOPS_PATH/$COPY_OF/$COPY_OF.json" "$work/copied.json"; then
        complain_of "$GITOPS_PATH/$COPY_OF/$COPY_OF.json" "$(problems 'apps_problems("")' "$work/copied.json")"
    else
        echo '{"apps": {}}' >"$work/copied.json"
    fi
}

# Each member, and where its entry comes from.
plan_members() {
    manifest_jq '$tree[0].apps as $known | .apps as $standing |
        ($members | words + (if any(words[]; . == $app) then [] else [$app] end))[] as $member | $known[$member] as $about |
        (if $about == null then "dropped"
        elif $member == $app then "own"
        elif $about.repository == null then "chart"
        elif ($standing[$member] | settled) then "copy"
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

# ---- enter: the last look at a standing environment before this run acts on it

enter_environment() {
    find_tree
    read_manifest "$standing_file" "$work/standing.json"
    if is_superseded; then
        output superseded true
        output_manifest "$work/standing.json" '{}'
        return 0
    fi
    own_entry "$work/standing.json" deploying
    jq .images "$work/entry.json" >"$work/own-images.json"
    read_staged
    no_entries
    plan_needs >"$work/plan"
    while read -r kind needed; do
        case $kind in
        chart)
            tree_is_older "$(jq -r --arg app "$needed" '.apps[$app].tree // ""' "$work/standing.json")" && continue
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
            say "$needed was never delivered: taken at the head of its branch"
            ;;
        unbuilt) never_built "$needed" "$(of_tree "$needed" images)" ;;
        dropped)
            say "$needed is not in the tree of this run any more: left out"
            continue
            ;;
        esac
        add_entry "$needed"
    done <"$work/plan"
    # A chart whose sources did not change keeps its entry: a new change id alone would be a commit about nothing.
    merge_entries "$work/standing.json" "$work/merged.json" 'reduce $filled[] as $new (.;
        .apps[$new.key] = if $tree[0].apps[$new.key].repository then $new.value
            else chart_entry(.apps[$new.key]; $new.value; $updates) end)' --argjson updates "$UPDATES"
    write_standing
    # Only what this run put there is waited for: another app's entry may move at any time, by its own pipeline.
    output_manifest "$work/standing.json" \
        '.apps | with_entries(select(.key != $app and (.value | .change == $version or is_of($version)))) | awaited'
    output images "$(jq -c --arg app "$APP" --slurpfile own "$work/own-images.json" \
        '.[$app] = ($own[0] | map_values({reference: "\(.repository)@\(.digest)"} + .))' "$OUT/images")"
}

# Going back to what production has left behind would undo a newer delivery.
is_superseded() {
    manifest_jq '.apps[$app] // {} | (.change // ""), (.state // ""), (settled // {} | (.revision // ""), (.change // ""))' -r \
        --arg app "$APP" "$work/standing.json" >"$work/current"
    { read -r entry_change; read -r entry_state; read -r current; read -r current_change; } <"$work/current"
    [ -n "$current" ] && [ "$entry_change" != "$VERSION" ] || return 1
    if [ "$current" = "$REVISION" ]; then
        [ "$FORCE" != true ] && [ "$entry_state" = deployed ] || return 1
        say "superseded: $ENVIRONMENT runs $REVISION already (delivered as $current_change); set force to deliver it again"
        return 0
    fi
    [ -f "$work/source-commits" ] || fetch_source "$SOURCE_URL"
    for known in "$REVISION" "$current"; do
        if ! source_has "$known"; then
            say "$known is on no branch of $SOURCE_URL (a force-push?), so which one is newer cannot be told: going on"
            return 1
        fi
    done
    if source_is_ancestor "$REVISION" "$current"; then
        say "superseded: $ENVIRONMENT runs $current, which contains $REVISION already"
        return 0
    fi
    source_is_ancestor "$current" "$REVISION" ||
        say "$REVISION does not contain $current, which $ENVIRONMENT runs (a force-push?): going on"
    return 1
}

# The manifest of the environment in which this version was tested. A teardown before this stage has removed it: what
# was tested still stands in the commit before that.
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

# Each needed app that is missing, and where its entry comes from; charts always, because no pipeline renews them.
plan_needs() {
    manifest_jq '$tree[0].apps as $known | .apps as $standing | $staged[0].apps as $tested |
        ($needs | words[]) as $need | select($need != $app) | $known[$need] as $about |
        (if $about == null then "dropped"
        elif $about.repository == null then "chart"
        elif $standing[$need] then empty
        elif $tested[$need] then "staged"
        elif ($about.images // []) != [] then "unbuilt"
        else "head" end) + " " + $need' \
        -r --arg needs "$NEEDS" --arg app "$APP" --slurpfile tree "$work/tree.json" --slurpfile staged "$work/staged.json" \
        "$work/standing.json"
}

# tree_is_older COMMIT: whether this run's tree lies before the commit, so that using it would go back.
tree_is_older() {
    [ -n "$1" ] && [ "$1" != "$run_tree" ] && has_commit "$1" && is_ancestor "$work/gitops.git" "$run_tree" "$1"
}

# The folder of the environment itself (namespace, quota, secrets) moves forward, and only when it changed.
environment_tree() { # environment_tree COMMIT
    folder="$TREE_PATH/environments/$ENVIRONMENT"
    before=$(gitops rev-parse -q --verify "$1:$folder" 2>/dev/null) || before=none
    after=$(gitops rev-parse -q --verify "$run_tree:$folder" 2>/dev/null) || after=none
    if is_sha "$1" && { [ "$before" = "$after" ] || tree_is_older "$1"; }; then echo "$1"; else echo "$run_tree"; fi
}

# write_standing: merged.json becomes the standing manifest, unless it says what standing.json says. The header names
# the last run that changed something.
write_standing() {
    forward=$(environment_tree "$(jq -r '.tree // ""' "$work/standing.json")")
    jq --arg tree "$forward" 'if .apps == {} then . else .tree = $tree end' "$work/merged.json" >"$work/moved.json"
    jq -e -n --slurpfile old "$work/standing.json" --slurpfile new "$work/moved.json" '$old == $new' >/dev/null && return 0
    with_header "$work/moved.json" "$work/standing.json"
    write_manifest "$standing_file" "$work/standing.json" ''
}

with_header() { # with_header FILE RESULT
    jq --arg environment "$ENVIRONMENT" --arg namespace "$NAMESPACE" --arg workflow "$WORKFLOW_NAME" --arg uid "$WORKFLOW_UID" \
        --argjson now "$(date +%s)" '
        { format: "pipelinec/1", $environment, $namespace, created: (.created // ($now | todate)),
          workflow: {name: $workflow, $uid}, tree }
        + del(.format, .environment, .namespace, .created, .workflow, .tree)' "$1" >"$2"
}

# ---- promote and settle: the delivered app in a standing environment

promote_app() {
    find_tree
    read_manifest "$standing_file" "$work/standing.json"
    if [ "$(entry_field "$work/standing.json" change)" = "$VERSION" ]; then
        [ "$(entry_field "$work/standing.json" state)" != failed ] ||
            fail "$APP $VERSION has failed in $ENVIRONMENT already; submit a new delivery"
        output_manifest "$work/standing.json" '.apps | with_entries(select(.key == $app)) | awaited'
        return 0
    fi
    own_entry "$work/standing.json" deploying
    no_entries
    add_entry "$APP"
    # An entry that is deploying lost its owner (this run holds the lock), so what it replaced is what to go back to.
    merge_entries "$work/standing.json" "$work/merged.json" '
        (.apps[$app] | settled | without_previous) as $previous |
        .apps[$app] = $filled[0].value + (if $previous then {$previous} else {} end)'
    write_standing
    output_manifest "$work/standing.json" '.apps | with_entries(select(.key == $app)) | awaited'
}

settle_app() {
    read_manifest "$standing_file" "$work/standing.json"
    [ "$(entry_field "$work/standing.json" change)" = "$VERSION" ] ||
        fail "$ENVIRONMENT does not hold $APP $VERSION any more (it has '$(entry_field "$work/standing.json" change)'): somebody put it back or promoted another one meanwhile, so this delivery is not settled"
    case $(entry_field "$work/standing.json" state) in
    deploying)
        # Only a delivery in flight can be put back, so what it replaced has no more use.
        manifest_jq '.apps |= map_values(if is_of($version) then settle else . end)' --arg version "$VERSION" \
            "$work/standing.json" >"$work/merged.json"
        with_header "$work/merged.json" "$work/standing.json"
        write_manifest "$standing_file" "$work/standing.json" ''
        ;;
    failed) fail "$APP $VERSION was marked as failed in $ENVIRONMENT: it cannot be settled" ;;
    esac
    output_manifest "$work/standing.json" '.apps | with_entries(select(.key == $app)) | awaited'
}

# ---- put-back: no lock is needed, because an entry that is not this run's is left alone

put_back_apps() {
    output restored '{}'
    read_manifest "$standing_file" "$work/standing.json"
    output_manifest "$work/standing.json" '{}'
    manifest_jq '.apps[] | is_of($version)' --arg version "$VERSION" "$work/standing.json" >"$work/unfinished"
    if ! grep -q true "$work/unfinished"; then
        say "$ENVIRONMENT does not hold an unfinished $APP $VERSION: nothing to put back"
        return 0
    fi
    manifest_jq '.apps |= map_values(put_back($version))' --arg version "$VERSION" "$work/standing.json" >"$work/merged.json"
    # What each app is at now, as far as this changed it.
    manifest_jq '$before[0].apps as $before | .apps | to_entries[] | select($before[.key] | is_of($version)) |
        [.key, .value.state, .value.change] | join(" ")' -r --arg version "$VERSION" \
        --slurpfile before "$work/standing.json" "$work/merged.json" >"$work/changed"
    manifest_jq '$before[0].apps as $before | .apps | with_entries(select(($before[.key] | is_of($version)) and
        .value.state == "deployed")) | awaited' -c --arg version "$VERSION" \
        --slurpfile before "$work/standing.json" "$work/merged.json" >"$work/awaited"
    with_header "$work/merged.json" "$work/standing.json"
    write_manifest "$standing_file" "$work/standing.json" ''
    output_manifest "$work/standing.json" '{}'
    output restored "$(cat "$work/awaited")"
    while read -r app state change; do
        case $state in
        failed) say "WARNING: this was the first delivery of $app to $ENVIRONMENT, so there is nothing to put back. What is running is what failed; the entry says so (state failed). Fix it by delivering again." ;;
        deploying) say "$ENVIRONMENT keeps $app $change: another delivery that is not over brings the same" ;;
        *) say "$ENVIRONMENT goes back to $app $change" ;;
        esac
    done <"$work/changed"
}

# ---- close

close_environment() {
    if ! read_at "$head" "$run_file" "$work/close.json"; then
        say "$run_file is gone already"
        return 0
    fi
    # A file with this run's version that nobody can read was this run's, and stops its neighbours until it is gone.
    if is_one_object "$work/close.json"; then
        owner=$(jq -r '.workflow.uid? // ""' "$work/close.json")
        [ "$owner" = "$WORKFLOW_UID" ] ||
            fail "$run_file belongs to another workflow (uid '$owner', not '$WORKFLOW_UID'): it was left alone"
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
put-back) push_edit "put back $APP in $ENVIRONMENT, not $VERSION" put_back_apps ;;
close) push_edit "close $ENVIRONMENT $VERSION" close_environment ;;
esac
