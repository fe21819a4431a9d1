# Waits until Argo CD has brought the expected entries to life, and says at each change what it waits for.

require label NAMESPACE "$NAMESPACE"
require seconds TIMEOUT_SECONDS "$TIMEOUT_SECONDS"
require seconds POLL_SECONDS "$POLL_SECONDS"
require_labels EXCEPT "$EXCEPT"
require_labels ROLLOUTS "$ROLLOUTS"
[ -z "$ENVIRONMENT_APPLICATION" ] || require label ENVIRONMENT_APPLICATION "$ENVIRONMENT_APPLICATION"
[ -z "$ENVIRONMENT_APPLICATION" ] || require sha TREE "$TREE"
for digest in $DIGESTS; do is_digest "$digest" || reject DIGESTS "$DIGESTS" "digests, sha256:<64 hex>"; done

targets_jq='
def words: [splits(" +") | select(. != "")];
def is_expectation: type == "object" and all(to_entries[];
  (.key | test("\\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\\z")) and (.value | type == "string" and test("\\Av[0-9]{14}-[0-9a-f]{6}\\z")));
if is_expectation | not then "bad" | halt_error(1) else
  ($except | words) as $left_out |
  [ to_entries[] | select(.key as $app | all($left_out[]; . != $app)) |
    {what: .key, kind: "application", name: "\($namespace)-\(.key)", change: .value} ] +
  [ $environment | select(. != "") | {what: "the environment", kind: "application", name: ., change: $tree} ] +
  [ $rollouts | words | .[] | {what: "Rollout \(.)", kind: "rollout", name: .} ]
end'

verdict_jq='
def sources: .spec.sources // [.spec.source];
def compared: .status.sync.comparedTo.sources // [.status.sync.comparedTo.source];
def revisions: .status.sync.revisions // [.status.sync.revision];
def complaints($types): [ .status.conditions[]? | select(.type | IN($types[])) | "\(.type): \(.message)" ] | unique | join("; ");

# A resolved oci:// revision is a digest, which no targetRevision can equal.
def at_revisions: sources as $sources | revisions as $revisions |
  all(range($sources | length); $sources[.].repoURL as $url |
    (($url // "") | startswith("oci://")) or $revisions[.] == $sources[.].targetRevision);

# The last operation may be of older sources; only its failure with these counts.
def operation_is_ours: sources as $sources | .status.operationState |
  (.syncResult.sources // .operation.sync.sources) as $synced |
  if $synced then $synced == $sources
  else (.operation.sync.revisions // .syncResult.revisions) == ($sources | map(.targetRevision)) end;

def unhealthy: [ .status.resources[]? | select((.health.status // "Healthy") != "Healthy" or .status == "OutOfSync") |
    "\(.kind)/\(.name) \(.health.status // .status)\(if .health.message then " (\(.health.message))" else "" end)" ] +
  [ .status.operationState.syncResult.resources[]? | select(.status == "SyncFailed") | "\(.kind)/\(.name): \(.message)" ] |
  unique | .[0:8] | join(", ") | if . == "" then "" else ": " + . end;

# ready, or what is lacking; fatal: hopeless; suspect: hopeless if it stays; tie: too close to call.
def application_verdict($change):
  (.metadata.annotations["pipelinec.dev/change"] // "none") as $carried |
  complaints(["InvalidSpecError"]) as $invalid | complaints(["ComparisonError", "SyncError"]) as $broken |
  .status.operationState as $last |
  if $carried != $change then {unseen: true, lacks: "its ApplicationSet to hand on \($change) (it carries \($carried))"}
  elif $invalid != "" then {suspect: $invalid}
  elif compared != sources then {lacks: "Argo CD to compare the new sources"}
  elif $broken != "" then {fatal: $broken}
  elif ($last.phase | IN("Failed", "Error")) and operation_is_ours then
    {fatal: "the sync ended \($last.phase): \($last.message // "no message")\(unhealthy)"}
  elif .status.sync.status != "Synced" then
    {lacks: "the sync (\(.status.sync.status // "Unknown")\(if $last.phase == "Running" then ", running: \($last.message // "")" else "" end))"}
  elif at_revisions | not then {lacks: "the revisions \(sources | map(.targetRevision) | join(", "))"}
  elif .operation then {lacks: "its operation to end"}
  elif $last and ($last.phase != "Succeeded" or $last.finishedAt == null) then {lacks: "its operation to end (\($last.phase))"}
  elif $last and (.status.reconciledAt // "") < $last.finishedAt then {lacks: "a comparison after the sync"}
  elif .status.health.status == "Degraded" then {suspect: "Degraded\(unhealthy)"}
  elif .status.health.status != "Healthy" then {lacks: "health (\(.status.health.status // "Unknown")\(unhealthy))"}
  elif $last and .status.reconciledAt == $last.finishedAt then
    {lacks: "a comparison after the sync", tie: "\(.status.reconciledAt) \(.status.sync.revisions)"}
  else {} end;

def rollout_verdict($digests):
  [ .spec.template.spec | (.containers, .initContainers)[]? | .image ] as $images | .status as $status |
  if ($status.observedGeneration // "" | tostring) != (.metadata.generation | tostring) then {lacks: "its controller to see the change"}
  elif ($digests | length > 0) and (any($images[]; . as $image | any($digests[]; . as $digest | $image | endswith("@" + $digest))) | not)
  then {lacks: "the image of this run (it has \($images | join(", ")))"}
  elif $status.abort == true or $status.phase == "Degraded" then {fatal: "\($status.phase // "aborted"): \($status.message // "no message")"}
  elif $status.stableRS != $status.currentPodHash or $status.phase != "Healthy" then
    {lacks: "its steps (\($status.phase // "Unknown")\(if $status.message then ": " + $status.message else "" end))"}
  else {} end;

# One look: the verdict on each target, from what was seen and from the looks before.
$targets[0] as $targets | $state[0] as $before | ($digests | [splits(" +") | select(. != "")]) as $digests |
{application: ($applications[0] | map({key: .metadata.name, value: .}) | from_entries),
 rollout: ($rollouts[0] | map({key: .metadata.name, value: .}) | from_entries)} as $seen |
[ $targets[] | . as $target | ($before.targets[.what] // {}) as $old | $seen[.kind][.name] as $object |
  ( if $object == null then {unseen: true, missing: true, lacks: "\(.kind | if . == "rollout" then "the Rollout" else "Application \($target.name)" end) to exist"}
    elif .kind == "rollout" then $object | rollout_verdict($digests)
    else $object | application_verdict($target.change) end ) |
  (if .tie and .tie == $old.tie then {tie_since: $old.tie_since} else {tie_since: $now} end) as $since |
  if .tie then . + $since | if $now - .tie_since >= 15 then del(.lacks) else . end else . end |
  if .missing then .missing_since = ($old.missing_since // $now) else . end |
  if .suspect then .seen_bad = ($old.seen_bad // 0) + 1 |
    if .seen_bad >= 3 then .fatal = .suspect else .lacks = "a better state than \(.suspect)" end else . end |
  . + {line: "\($target.what): \(if .fatal then "failed, " + .fatal elif .lacks then "waits for " + .lacks else "ready" end)"} |
  {key: $target.what, value: .} ] as $verdicts |
{ targets: ($verdicts | from_entries),
  good: (if all($verdicts[].value; .lacks == null and .fatal == null) then ($before.good // 0) + 1 else 0 end),
  lines: [ $verdicts[].value.line ],
  news: [ $verdicts[] | select(.value.line != $before.targets[.key].line) | .value.line ],
  unseen: any($verdicts[].value; .unseen),
  missing: any($verdicts[].value; .missing_since != null and $now - .missing_since >= 60),
  failed: any($verdicts[].value; .fatal != null) }'

is_one_list() {
    jq -e -s 'length == 1' "$1" >/dev/null 2>&1
}

printf '%s' "$EXPECT" | jq "$targets_jq" --arg except "$EXCEPT" --arg namespace "$NAMESPACE" --arg tree "$TREE" \
    --arg environment "$ENVIRONMENT_APPLICATION" --arg rollouts "$ROLLOUTS" >"$work/targets.json" 2>"$work/jq.log" ||
    reject EXPECT "$EXPECT" "a JSON object of app and change"
is_one_list "$work/targets.json" || reject EXPECT "$EXPECT" "one JSON object of app and change"
echo '{}' >"$work/state.json"
# Of an environment that comes and goes everything is asked for, with its own Application; of another one these apps.
apps=$(jq -r '[ .[] | select(.kind == "application") | .what ] | join(",")' "$work/targets.json")
selector="$ours,pipelinec.dev/namespace=$NAMESPACE"
[ -n "$ENVIRONMENT_APPLICATION" ] || selector="$selector,pipelinec.dev/app in ($apps)"

observe() {
    echo '[]' >"$work/applications.json"
    echo '[]' >"$work/rollouts.json"
    [ -z "$apps" ] ||
        look "$work/applications.json" applications.argoproj.io -n "$ARGOCD_NAMESPACE" -l "$selector" || return 1
    # shellcheck disable=SC2086 # a list of validated names
    [ -z "$ROLLOUTS" ] || look_at "$work/rollouts.json" rollouts.argoproj.io "$NAMESPACE" $ROLLOUTS
}

# The first line of the verdict is the state for the next look, the second what it means, the rest is news.
judge() { # judge NOW
    jq -n -r "$verdict_jq"' | tojson, "\(.failed) \(.good >= 2) \(.unseen) \(.missing)", .news[]' \
        --slurpfile targets "$work/targets.json" --slurpfile state "$work/state.json" \
        --slurpfile applications "$work/applications.json" --slurpfile rollouts "$work/rollouts.json" \
        --arg digests "$DIGESTS" --argjson now "$1" >"$work/verdict"
    {
        IFS= read -r state
        read -r failed ready unseen missing
        while IFS= read -r line; do say "$line"; done
    } <"$work/verdict"
    printf '%s\n' "$state" >"$work/state.json"
}

# Said again only when it changes.
say_set_errors() {
    complaints=$(set_errors)
    [ "$complaints" = "${said_complaints:-}" ] || say "$complaints"
    said_complaints=$complaints
}

give_up() { # give_up WHY
    say "$1"
    jq -r '.lines[]? | "  " + .' "$work/state.json" >"$work/lines"
    while IFS= read -r line; do say "$line"; done <"$work/lines"
    set_errors >"$work/complaints"
    while IFS= read -r line; do say "  $line"; done <"$work/complaints"
    fail "$NAMESPACE did not become what this run expects"
}

if jq -e 'length == 0' "$work/targets.json" >/dev/null; then
    say "there is nothing to wait for"
    exit 0
fi

started=$(date +%s)
while :; do
    now=$(date +%s)
    if observe; then
        away=
        judge "$now"
        [ "$failed" = false ] || give_up "this cannot succeed any more:"
        if [ "$ready" = true ]; then
            say "$NAMESPACE is ready after $((now - started)) s"
            exit 0
        fi
        [ "$unseen" = false ] || refresh_sets "$now"
        [ "$missing" = false ] || say_set_errors
    else
        # Two good looks have to follow one another, and this one saw nothing.
        jq '.good = 0' "$work/state.json" >"$work/state.new"
        mv "$work/state.new" "$work/state.json"
        say_away
    fi
    [ $((now - started)) -lt "$TIMEOUT_SECONDS" ] || give_up "$TIMEOUT_SECONDS s are over. Still lacking:"
    sleep "$POLL_SECONDS"
done
