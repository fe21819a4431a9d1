# Cleans up and rolls back after runs that ended without doing so themselves: terminated, deleted, or lost with their
# controller.

require label PIPELINE_NAMESPACE "$PIPELINE_NAMESPACE"
require seconds GRACE_SECONDS "$GRACE_SECONDS"
require_labels EPHEMERAL "$EPHEMERAL"
require_labels PERMANENT "$PERMANENT"

# A problem makes the run fail at its end, so that it is noticed; it never prevents the rest of the work.
complain() {
    say "PROBLEM: $*"
    echo "$*" | head -n 1 >>"$work/complaints"
}

# Whether and when each workflow has ended. Read after the manifests, never before: a run that started in between would
# look dead. A failed request is not an empty result.
list_workflows() {
    persist look "$work/workflows.full" workflows.argoproj.io -n "$PIPELINE_NAMESPACE" ||
        fail "cannot list the workflows of $PIPELINE_NAMESPACE, so it is unknown which have ended: $(kubectl_words)"
    jq -c 'map({uid: .metadata.uid, over: (.status.phase // "" | IN("Succeeded", "Failed", "Error")), finished: .status.finishedAt})' \
        "$work/workflows.full" >"$work/workflows.json"
}

dead_jq='
def seconds: try fromdateiso8601 catch 0;
def is_dead($uid): [ $workflows[0][] | select(.uid == $uid) ] |
  if length == 0 then true else .[0] | .over and $now - ((.finished // "") | seconds) > $grace end;
'

# ask PROGRAM FILE ARGUMENT...: jq over one manifest, with the workflows and the current time.
ask() {
    ask_program=$1
    ask_file=$2
    shift 2
    manifest_jq "$dead_jq$ask_program" -r --slurpfile workflows "$work/workflows.json" --argjson now "$now" \
        --argjson grace "$GRACE_SECONDS" "$@" "$ask_file"
}

# manifests_of ENVIRONMENT: lists the paths of its files, quoted where git has to quote a name, in the file "files".
manifests_of() {
    list_at "$head" --name-only "$GITOPS_PATH/$1/"
    sed -n '/\.json"\{0,1\}$/p' "$work/listed" >"$work/files"
}

# age_of PATH: sets age to the seconds since a commit last changed a path; to nothing if none ever did.
age_of() {
    gitops log -1 --format=%ct "$head" -- "$1" >"$work/changed" || fail "cannot read the history of $1: $(git_words)"
    age=$(cat "$work/changed")
    [ -z "$age" ] || age=$((now - age))
}

# A malformed file breaks every environment of its set, and has neither owner nor expiry. A day is enough to inspect it;
# its content is kept in the history.
remove_when_old() { # remove_when_old PATH
    age_of "$1"
    if [ "${age:-0}" -gt 86400 ]; then
        say "$1: removed, because it was malformed for more than a day"
        remove_file "$1"
    fi
}

sweep_ephemeral() { # sweep_ephemeral ENVIRONMENT
    manifests_of "$1"
    while read -r file; do
        case $file in \"*)
            complain "$file has a name that no environment can have, and breaks the others: remove it"
            continue
            ;;
        esac
        namespace=$(basename "$file" .json)
        read_at "$head" "$file" "$work/manifest.json" || continue
        wrong=$(problems 'header_problems($environment; $namespace), ephemeral_problems, apps_problems($namespace)' \
            "$work/manifest.json" --arg environment "$1" --arg namespace "$namespace")
        reason=$(is_one_object "$work/manifest.json" && ask '
            if .expires | is_time | not then ""
            elif (.expires | seconds) <= $now then "it expired at \(.expires)"
            elif (.workflow | type) != "object" or (.workflow.uid | is_line | not) then ""
            elif is_dead(.workflow.uid) then "its workflow \(.workflow.name // .workflow.uid) has ended"
            else "" end' "$work/manifest.json") || reason=
        if [ -n "$reason" ]; then
            say "$file: closed, $reason"
            remove_file "$file"
        elif [ -n "$wrong" ]; then
            complain "$file is malformed: $wrong"
            remove_when_old "$file"
        fi
    done <"$work/files"
}

sweep_permanent() { # sweep_permanent ENVIRONMENT
    file="$GITOPS_PATH/$1/$1.json"
    read_at "$head" "$file" "$work/manifest.json" || return 0
    namespace=$(jq -r '.namespace? // ""' "$work/manifest.json" 2>/dev/null) || namespace=
    wrong=$(problems 'header_problems($environment; $namespace), apps_problems($namespace)' "$work/manifest.json" \
        --arg environment "$1" --arg namespace "$namespace")
    if [ -n "$wrong" ]; then
        complain "$file is malformed and must be fixed by hand: $wrong"
        return 0
    fi
    # A delivery without a workflow is identified by the six digits of the uid in its change.
    ask '[ .apps | to_entries[] | select(.value.state == "deploying") | .key as $app | .value | deliveries[] |
        .change as $change | (.workflow.uid // ([ $workflows[0][].uid | select(startswith($change | .[-6:])) ][0]) // "none") |
        select(is_dead(.)) | "\($app) \($change)" ] | .[]' "$work/manifest.json" >"$work/unfinished"
    while read -r app change; do
        manifest_jq '.apps[$app] |= roll_back($change)' --arg app "$app" --arg change "$change" "$work/manifest.json" >"$work/restored.json"
        mv "$work/restored.json" "$work/manifest.json"
        say "$1: $app $change was never finished and its workflow has ended: $(jq -r --arg app "$app" '.apps[$app] |
            if .state == "failed" then "it was the first, so it is marked as failed"
            elif .state == "deploying" then "another delivery deploys the same, so it is kept"
            else "rolled back to \(.change)" end' "$work/manifest.json")"
        put_file "$file" "$work/manifest.json"
    done <"$work/unfinished"
}

sweep() {
    : >"$work/complaints"
    now=$(date +%s)
    list_workflows
    for environment in $EPHEMERAL; do sweep_ephemeral "$environment"; done
    for environment in $PERMANENT; do sweep_permanent "$environment"; done
}

# ---- after the commit: the result in Argo CD

report_sets() {
    set_errors >"$work/set-errors"
    while IFS= read -r line; do complain "$line"; done <"$work/set-errors"
}

# Applications whose manifest was deleted more than half an hour ago. Those that never had one in this repository are
# ignored.
report_leftovers() {
    for environment in $EPHEMERAL; do
        look "$work/applications.json" applications.argoproj.io -n "$ARGOCD_NAMESPACE" \
            -l "$ours,pipelinec.dev/environment=$environment,pipelinec.dev/namespace" || {
            complain "cannot list the Applications of $environment: $(kubectl_words)"
            continue
        }
        jq -r 'group_by(.metadata.labels["pipelinec.dev/namespace"])[] | "\(.[0].metadata.labels["pipelinec.dev/namespace"]) \(map(.metadata.name) | join(","))"' \
            "$work/applications.json" >"$work/living"
        while read -r namespace names; do
            report_leftover "$environment" "$namespace" "$names"
        done <"$work/living"
    done
}

report_leftover() { # report_leftover ENVIRONMENT NAMESPACE NAMES
    is_label "$2" || return 0
    left_file="$GITOPS_PATH/$1/$2.json"
    file_at "$head" "$left_file"
    [ -z "$file_id" ] || return 0
    age_of "$left_file"
    [ "${age:-0}" -gt 1800 ] || return 0
    complain "$left_file was deleted more than 30 minutes ago, but these Applications still exist: $3 (kubectl describe them in $ARGOCD_NAMESPACE; a finalizer keeps them)"
    jq -r --arg namespace "$2" --argjson now "$now" '.[] | select(.metadata.labels["pipelinec.dev/namespace"] == $namespace) |
        select(.metadata.deletionTimestamp != null and .operation and .status.operationState.phase != null
            and .status.operationState.phase != "Terminating") | .metadata.name' "$work/applications.json" >"$work/held"
    while read -r held; do end_operation "$held"; done <"$work/held"
}

push_edit "sweep after $(date -u +%Y-%m-%dT%H:%MZ)" sweep
report_sets
report_leftovers
[ ! -s "$work/complaints" ] || fail "$(wc -l <"$work/complaints" | tr -d ' ') problems were found; each is reported above. Everything else was cleaned up."
