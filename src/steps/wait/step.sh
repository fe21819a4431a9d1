# Waits until Argo CD has synced the expected entries, and prints each change of what it is waiting for.

require label NAMESPACE "$NAMESPACE"
require seconds TIMEOUT_SECONDS "$TIMEOUT_SECONDS"
require seconds POLL_SECONDS "$POLL_SECONDS"
require_labels EXCEPT "$EXCEPT"
require_labels ROLLOUTS "$ROLLOUTS"
[ -z "$ENVIRONMENT_APPLICATION" ] || require label ENVIRONMENT_APPLICATION "$ENVIRONMENT_APPLICATION"
[ -z "$ENVIRONMENT_APPLICATION" ] || require sha TREE "$TREE"
require flag YIELDS "$YIELDS"
[ -z "$INSTEAD_OF" ] || require version INSTEAD_OF "$INSTEAD_OF"
for digest in $DIGESTS; do is_digest "$digest" || reject DIGESTS "$DIGESTS" "digests, sha256:<64 hex>"; done

targets_jq='
def words: [splits(" +") | select(. != "")];
def is_expectation: type == "object" and all(to_entries[];
  (.key | test("\\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\\z")) and (.value | type == "string" and test("\\Av[0-9]{14}-[0-9a-f]{6}\\z")));
if is_expectation | not then "bad" | halt_error(1) else
  ($except | words) as $left_out |
  {instead_of: $instead_of, yields: ($yields == "true")} as $common |
  [ to_entries[] | select(.key as $app | all($left_out[]; . != $app)) |
    $common + {what: .key, kind: "application", name: "\($namespace)-\(.key)", change: .value} ] +
  [ $environment | select(. != "") | $common + {what: "the environment", kind: "application", name: ., change: $tree} ] +
  [ $rollouts | words | .[] | {what: "Rollout \(.)", kind: "rollout", name: .} ]
end'

# One poll: the state of each target, and its meaning after the previous polls. For each target, the change that it carried
# at first is recorded, and since when it has had its state.
verdict_jq='
$targets[0] as $targets | $state[0] as $before | ($digests | words) as $digests |
{application: ($applications[0] | map({key: .metadata.name, value: .}) | from_entries),
 rollout: ($rollouts[0] | map({key: .metadata.name, value: .}) | from_entries)} as $seen |
[ $targets[] | . as $target | ($before.targets[.what] // {}) as $old | $seen[.kind][.name] as $object |
  ($object | if $target.kind == "rollout" then rollout_state($digests) else application_state($target; $old.first) end) |
  . + verdict | .first = ($old.first // ($object | if . == null then "" else carried end)) |
  .mark = (if .is == "good-after" then .says else "" end) |
  .since = (if .state == $old.state and .mark == $old.mark then $old.since else $now end) |
  .lasted = (.seconds > 0 and $now - .since >= .seconds) |
  .good = (.is == "good" or (.is == "good-after" and .lasted)) |
  .failed = (.is == "final" or (.is == "suspect" and .lasted)) |
  .line = "\($target.what): \(if .good then "ready"
    elif .is == "final" then "failed, \(.says)"
    elif .failed then "failed, for \(.seconds) s it was \(.says)"
    elif .is == "suspect" then "waiting for a better state than \(.says), which is a failure after \(.seconds) s"
    else "waiting for \(.says)" end)" |
  {key: $target.what, value: .} ] as $verdicts |
{ targets: ($verdicts | from_entries),
  looks: (if all($verdicts[].value; .good) then ($before.looks // 0) + 1 else 0 end),
  lines: [ $verdicts[].value.line ],
  news: [ $verdicts[] | select(.value.line != $before.targets[.key].line) | .value.line ],
  late: any($verdicts[].value; .late),
  missing: any($verdicts[].value; .state == "application: absent" and $now - .since >= 60),
  failed: any($verdicts[].value; .failed) }'

is_one_list() {
    jq -e -s 'length == 1' "$1" >/dev/null 2>&1
}

printf '%s' "$EXPECT" | jq "$targets_jq" --arg except "$EXCEPT" --arg namespace "$NAMESPACE" --arg tree "$TREE" \
    --arg environment "$ENVIRONMENT_APPLICATION" --arg rollouts "$ROLLOUTS" --arg yields "$YIELDS" \
    --arg instead_of "$INSTEAD_OF" >"$work/targets.json" 2>"$work/jq.log" ||
    reject EXPECT "$EXPECT" "a JSON object of app and change"
is_one_list "$work/targets.json" || reject EXPECT "$EXPECT" "one JSON object of app and change"
echo '{}' >"$work/state.json"
# Of an ephemeral environment, everything is requested, with its own Application; of a permanent one, only these apps.
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

# The first line of the verdict is the state for the next poll, the second the result, the rest are messages.
evaluate() { # evaluate NOW
    jq -n -r "$states_jq$verdict_jq"' | tojson, "\(.failed) \(.looks >= 2) \(.late) \(.missing)", .news[]' \
        --slurpfile targets "$work/targets.json" --slurpfile state "$work/state.json" \
        --slurpfile applications "$work/applications.json" --slurpfile rollouts "$work/rollouts.json" \
        --arg digests "$DIGESTS" --argjson now "$1" >"$work/verdict"
    {
        IFS= read -r state
        read -r failed ready late missing
        while IFS= read -r line; do say "$line"; done
    } <"$work/verdict"
    printf '%s\n' "$state" >"$work/state.json"
}

give_up() { # give_up WHY
    say "$1"
    jq -r '.lines[]? | "  " + .' "$work/state.json" >"$work/lines"
    while IFS= read -r line; do say "$line"; done <"$work/lines"
    set_errors >"$work/complaints"
    while IFS= read -r line; do say "  $line"; done <"$work/complaints"
    fail "$NAMESPACE did not reach the state that this run expects"
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
        evaluate "$now"
        [ "$failed" = false ] || give_up "this can no longer succeed:"
        if [ "$ready" = true ]; then
            say "$NAMESPACE is ready after $((now - started)) s"
            exit 0
        fi
        [ "$late" = false ] || refresh_sets "$now"
        [ "$missing" = false ] || say_set_errors
    else
        # Two consecutive polls have to succeed, and this one failed.
        jq '.looks = 0' "$work/state.json" >"$work/state.new"
        mv "$work/state.new" "$work/state.json"
        say_away
    fi
    [ $((now - started)) -lt "$TIMEOUT_SECONDS" ] || give_up "timed out after $TIMEOUT_SECONDS s. Still waiting for:"
    sleep "$POLL_SECONDS"
done
