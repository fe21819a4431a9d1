# Waits until nothing of an ephemeral environment is left. Each of its Applications stays until its objects are gone,
# and the environment's own until the namespace is.

require label NAMESPACE "$NAMESPACE"
require seconds TIMEOUT_SECONDS "$TIMEOUT_SECONDS"
require seconds POLL_SECONDS "$POLL_SECONDS"

# One look at the Applications: what to say of each, and since when one that is to go is kept by an operation.
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
    say "$TIMEOUT_SECONDS s are over, and this is left of $NAMESPACE:"
    jq -r 'to_entries[] | "  " + .value.line, (.value.conditions[] | "    " + .)' "$work/state.json" >"$work/lines"
    while IFS= read -r line; do say "$line"; done <"$work/lines"
    set_errors >"$work/complaints"
    while IFS= read -r line; do say "  $line"; done <"$work/complaints"
    fail "$NAMESPACE is not gone. Usual reasons:
  - an object has a finalizer whose operator lived in this namespace and went first: remove that finalizer
    (kubectl get all,pvc -n $NAMESPACE -o yaml | grep -A2 finalizers)
  - a hook Job keeps argocd.argoproj.io/hook-finalizer because its Application has a ComparisonError or a closed sync
    window, so that its operation cannot be ended: remove the finalizer from the Job
  - a PostDelete or PreDelete hook of a chart cannot be created in a namespace that is terminating
The janitor goes on trying to end operations; it never removes a finalizer."
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
        # One empty answer could be the moment before a set that is late creates its Application.
        if [ "$empty_looks" -ge 2 ]; then
            say "$NAMESPACE is gone after $((now - started)) s"
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
