# Closes and puts back what runs have left behind that ended without doing it themselves: terminated, deleted, or lost
# with their controller.

require label PIPELINE_NAMESPACE "$PIPELINE_NAMESPACE"
require seconds GRACE_SECONDS "$GRACE_SECONDS"
require_labels EPHEMERAL "$EPHEMERAL"
require_labels STANDING "$STANDING"

# Anything found wrong lets the run fail at its end, so that somebody sees it; it never keeps the rest from being done.
complain() {
    say "PROBLEM: $*"
    echo "$*" | head -n 1 >>"$work/complaints"
}

# What is left of a workflow: since when it is over, if it is. Read after the manifests, never before: a run that
# began in between would look dead. An answer that did not come is no answer.
list_workflows() {
    persist look "$work/workflows.full" workflows.argoproj.io -n "$PIPELINE_NAMESPACE" ||
        fail "the workflows of $PIPELINE_NAMESPACE could not be listed, so nothing can be called dead: $(kubectl_words)"
    jq -c 'map({uid: .metadata.uid, over: (.status.phase // "" | IN("Succeeded", "Failed", "Error")), finished: .status.finishedAt})' \
        "$work/workflows.full" >"$work/workflows.json"
}

dead_jq='
def seconds: try fromdateiso8601 catch 0;
def is_dead($uid): [ $workflows[0][] | select(.uid == $uid) ] |
  if length == 0 then true else .[0] | .over and $now - ((.finished // "") | seconds) > $grace end;
'

# ask PROGRAM FILE ARGUMENT...: jq over one manifest, with the workflows and the clock at hand.
ask() {
    ask_program=$1
    ask_file=$2
    shift 2
    manifest_jq "$dead_jq$ask_program" -r --slurpfile workflows "$work/workflows.json" --argjson now "$now" \
        --argjson grace "$GRACE_SECONDS" "$@" "$ask_file"
}

# manifests_of ENVIRONMENT: the paths of its files, in quotes where git has to quote a name, into the file "files".
manifests_of() {
    list_at "$head" --name-only "$GITOPS_PATH/$1/"
    sed -n '/\.json"\{0,1\}$/p' "$work/listed" >"$work/files"
}

# age_of PATH: sets age to the seconds since a commit last changed a path; to nothing where none ever did.
age_of() {
    gitops log -1 --format=%ct "$head" -- "$1" >"$work/changed" || fail "could not read the history of $1: $(git_words)"
    age=$(cat "$work/changed")
    [ -z "$age" ] || age=$((now - age))
}

# A file that nobody can read stops every environment of its set, and has no owner or end to go by. A day is enough
# for a person to look at it; its content stays in the history.
remove_when_old() { # remove_when_old PATH
    age_of "$1"
    if [ "${age:-0}" -gt 86400 ]; then
        say "$1: removed, it was broken for more than a day"
        remove_file "$1"
    fi
}

sweep_ephemeral() { # sweep_ephemeral ENVIRONMENT
    manifests_of "$1"
    while read -r file; do
        case $file in \"*)
            complain "$file has a name that no environment can have, and stops its neighbours: remove it"
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
            elif is_dead(.workflow.uid) then "its workflow \(.workflow.name // .workflow.uid) is over"
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

sweep_standing() { # sweep_standing ENVIRONMENT
    file="$GITOPS_PATH/$1/$1.json"
    read_at "$head" "$file" "$work/manifest.json" || return 0
    namespace=$(jq -r '.namespace? // ""' "$work/manifest.json" 2>/dev/null) || namespace=
    wrong=$(problems 'header_problems($environment; $namespace), apps_problems($namespace)' "$work/manifest.json" \
        --arg environment "$1" --arg namespace "$namespace")
    if [ -n "$wrong" ]; then
        complain "$file is malformed, and a person has to mend it: $wrong"
        return 0
    fi
    # A delivery without a workflow of its own is known by the six digits of the uid in its change.
    ask '[ .apps | to_entries[] | select(.value.state == "deploying") | .key as $app | .value | deliveries[] |
        .change as $change | (.workflow.uid // ([ $workflows[0][].uid | select(startswith($change | .[-6:])) ][0]) // "none") |
        select(is_dead(.)) | "\($app) \($change)" ] | .[]' "$work/manifest.json" >"$work/unfinished"
    while read -r app change; do
        manifest_jq '.apps[$app] |= put_back($change)' --arg app "$app" --arg change "$change" "$work/manifest.json" >"$work/restored.json"
        mv "$work/restored.json" "$work/manifest.json"
        say "$1: $app $change was never finished and its workflow is over: $(jq -r --arg app "$app" '.apps[$app] |
            if .state == "failed" then "it was the first, so it is marked failed"
            elif .state == "deploying" then "another delivery brings the same, so it stays"
            else "back to \(.change)" end' "$work/manifest.json")"
        put_file "$file" "$work/manifest.json"
    done <"$work/unfinished"
}

sweep() {
    : >"$work/complaints"
    now=$(date +%s)
    list_workflows
    for environment in $EPHEMERAL; do sweep_ephemeral "$environment"; done
    for environment in $STANDING; do sweep_standing "$environment"; done
}

# ---- after the commit: what Argo CD has made of it

report_sets() {
    set_errors >"$work/set-errors"
    while IFS= read -r line; do complain "$line"; done <"$work/set-errors"
}

# Applications whose manifest went away half an hour ago and more. What never had one in this repository is not ours to
# speak of.
report_leftovers() {
    for environment in $EPHEMERAL; do
        look "$work/applications.json" applications.argoproj.io -n "$ARGOCD_NAMESPACE" \
            -l "$ours,pipelinec.dev/environment=$environment,pipelinec.dev/namespace" || {
            complain "the Applications of $environment could not be listed: $(kubectl_words)"
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
    complain "$left_file is gone for more than 30 minutes, but these Applications are not: $3 (kubectl describe them in $ARGOCD_NAMESPACE; a finalizer keeps them)"
    jq -r --arg namespace "$2" --argjson now "$now" '.[] | select(.metadata.labels["pipelinec.dev/namespace"] == $namespace) |
        select(.metadata.deletionTimestamp != null and .operation and .status.operationState.phase != null
            and .status.operationState.phase != "Terminating") | .metadata.name' "$work/applications.json" >"$work/held"
    while read -r held; do end_operation "$held"; done <"$work/held"
}

push_edit "sweep after $(date -u +%Y-%m-%dT%H:%MZ)" sweep
report_sets
report_leftovers
[ ! -s "$work/complaints" ] || fail "$(wc -l <"$work/complaints" | tr -d ' ') problems were found; each is told above. What could be cleaned up was."
