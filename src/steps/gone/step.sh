# Waits until an ephemeral environment is deleted. Each of its Applications exists until its objects are deleted, and that
# of the environment until the namespace is.

require label NAMESPACE "$NAMESPACE"
require seconds TIMEOUT_SECONDS "$TIMEOUT_SECONDS"
require seconds POLL_SECONDS "$POLL_SECONDS"

# One poll of the Applications: the message for each, and since when an operation has kept one from being deleted.
left_jq='
$state[0] as $before |
[ $applications[0][] | .metadata.name as $name | (.metadata.deletionTimestamp != null) as $going | ($before[$name] // {}) as $old |
  { key: $name, value: {
      $going,
      held_since: (if $going and .operation then $old.held_since // $now else null end),
      told_at: $old.told_at,
      can_end: (.status.operationState != null and .status.operationState.phase != "Terminating"),
      line: ("\($name): " +
        if $going | not then "its ApplicationSet has not deleted it yet"
        elif .operation then "an operation is still running (\(.status.operationState.phase // "not started"): \(.status.operationState.message // "no message"))"
        else "Argo CD is deleting its objects" end),
      conditions: [ .status.conditions[]? | "\(.type): \(.message)" ] } } ] | from_entries |
map_values(if .held_since and .can_end and $now - .held_since >= 30 and $now - (.told_at // 0) >= 15
  then .tell = true | .told_at = $now else . end)'

echo '{}' >"$work/state.json"
empty_looks=0

say_news() {
    jq -r -n --slurpfile old "$work/state.json" --slurpfile new "$work/state.new" \
        '$new[0] | to_entries[] | select(.value.line != $old[0][.key].line) | .value.line' >"$work/news"
    while IFS= read -r line; do say "$line"; done <"$work/news"
}

end_held_operations() {
    jq -r 'to_entries[] | select(.value.tell) | .key' "$work/state.json" >"$work/held"
    while read -r held; do end_operation "$held"; done <"$work/held"
}

give_up() {
    say "timed out after $TIMEOUT_SECONDS s. What is left of $NAMESPACE:"
    jq -r 'to_entries[] | "  " + .value.line, (.value.conditions[] | "    " + .)' "$work/state.json" >"$work/lines"
    while IFS= read -r line; do say "$line"; done <"$work/lines"
    set_errors >"$work/complaints"
    while IFS= read -r line; do say "  $line"; done <"$work/complaints"
    fail "$NAMESPACE is not deleted. Common reasons:
  - an object has a finalizer whose operator was in this namespace and was deleted first: remove that finalizer
    (kubectl get all,pvc -n $NAMESPACE -o yaml | grep -A2 finalizers)
  - a hook Job keeps argocd.argoproj.io/hook-finalizer because its Application has a ComparisonError or a closed sync
    window, so that its operation cannot be terminated: remove the finalizer from the Job
  - a PostDelete or PreDelete hook of a chart cannot be created in a namespace that is terminating
The janitor keeps trying to terminate operations; it never removes a finalizer."
}

started=$(date +%s)
while :; do
    now=$(date +%s)
    if look "$work/applications.json" applications.argoproj.io -n "$ARGOCD_NAMESPACE" -l "$ours,pipelinec.dev/namespace=$NAMESPACE"; then
        away=
        jq -n "$left_jq" --slurpfile applications "$work/applications.json" --slurpfile state "$work/state.json" \
            --argjson now "$now" >"$work/state.new"
        say_news
        mv "$work/state.new" "$work/state.json"
        if jq -e 'length == 0' "$work/state.json" >/dev/null; then
            empty_looks=$((empty_looks + 1))
        else
            empty_looks=0
        fi
        # A single empty response could precede the creation of an Application by a late set.
        if [ "$empty_looks" -ge 2 ]; then
            say "$NAMESPACE was deleted after $((now - started)) s"
            exit 0
        fi
        if jq -e 'any(.[]; .going | not)' "$work/state.json" >/dev/null; then
            refresh_sets "$now"
            # A set that fails deletes nothing.
            [ $((now - started)) -lt 60 ] || say_set_errors
        fi
        end_held_operations
    else
        empty_looks=0
        say_away
    fi
    [ $((now - started)) -lt "$TIMEOUT_SECONDS" ] || give_up
    sleep "$POLL_SECONDS"
done
