# Argo CD's objects, as kubectl shows them.

require label ARGOCD_NAMESPACE "$ARGOCD_NAMESPACE"
require_labels APPLICATION_SETS "$APPLICATION_SETS"

# ask_cluster ARGUMENT...: kubectl, with 20 seconds for an answer. Not by `--request-timeout`: with any flag that a client
# configuration has, kubectl ignores the account of its pod and asks localhost:8080 (client-go, tools/clientcmd,
# merged_client_builder.go; kubernetes/kubernetes#93474).
ask_cluster() {
    timeout 20 kubectl "$@"
}

# look FILE GET-ARGUMENT...: a JSON list of what there is. False, with kubectl's words kept, when the answer did not
# come: "there is none" and "I could not ask" must never be mistaken for each other.
look() {
    look_file=$1
    shift
    ask_cluster get --ignore-not-found -o json "$@" >"$work/looked" 2>"$work/kubectl.log" &&
        jq -c -s 'map(if type == "object" and has("items") then .items[] else . end)' "$work/looked" >"$look_file" 2>>"$work/kubectl.log"
}

kubectl_words() {
    tail -n 3 "$work/kubectl.log" 2>/dev/null | tr '\n' ' '
}

# A cluster may be away for a moment; that it is, is said once until it answers again.
say_away() {
    [ -n "${away:-}" ] || say "the cluster did not answer, trying on: $(kubectl_words)"
    away=true
}

# What an ApplicationSet complains of, or nothing. One that fails creates and deletes no Application at all.
set_errors() {
    [ -n "$APPLICATION_SETS" ] || return 0
    # shellcheck disable=SC2086 # a list of validated names
    look "$work/sets.json" applicationsets.argoproj.io $APPLICATION_SETS -n "$ARGOCD_NAMESPACE" || {
        echo "the ApplicationSets could not be read: $(kubectl_words)"
        return 0
    }
    jq -r '.[] | .metadata.name as $set | .status.conditions[]? |
        select(.type == "ErrorOccurred" and .status == "True") | "ApplicationSet \($set): \(.message)"' "$work/sets.json"
}

# end_operation APPLICATION: what "argocd app terminate-op" does. A running operation is worked on instead of the
# deletion, and may wait for ever for something that the deletion has taken away already.
end_operation() {
    if ask_cluster patch applications.argoproj.io "$1" -n "$ARGOCD_NAMESPACE" --type merge \
        -p '{"status": {"operationState": {"phase": "Terminating"}}}' >/dev/null 2>"$work/kubectl.log"; then
        say "$1: its operation was still running, and was told to end"
    else
        say "$1: its operation could not be ended: $(kubectl_words)"
    fi
}
