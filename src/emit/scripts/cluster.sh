# The objects of the cluster, as kubectl shows them to the account of the pod.

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
