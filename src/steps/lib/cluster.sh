# The objects of the cluster, read with kubectl and the account of the pod.

# A configuration in the image would take precedence over the account of the pod.
unset KUBECONFIG

# ask_cluster ARGUMENT...: kubectl with a time limit of 20 seconds. Not with `--request-timeout`: with any flag of a client
# configuration, kubectl ignores the account of its pod and connects to localhost:8080 (client-go, tools/clientcmd,
# merged_client_builder.go; kubernetes/kubernetes#93474). HOME is a folder without a configuration, in which kubectl can
# cache the kinds of the API server.
ask_cluster() {
    HOME="$work" timeout 20 kubectl "$@"
}

# look FILE GET-ARGUMENT...: the objects of a list, as a JSON array. Only lists are requested: if a named object is missing,
# kubectl also requests its namespace (cli-runtime, pkg/resource/visitor.go), which no account here may read. False, with
# kubectl's output kept, if no complete list was received: "there is none" and "the request failed" must never be
# confused.
look() {
    look_file=$1
    shift
    ask_cluster get -o json "$@" >"$work/looked" 2>"$work/kubectl.log" || return 1
    jq -c -s 'if length == 1 and (.[0] | type == "object" and (.items | type == "array")) then .[0].items
        else error("the response is not a list") end' "$work/looked" >"$look_file" 2>>"$work/kubectl.log"
}

# look_at FILE KIND NAMESPACE NAME...: the objects with these names, requested separately, so that a Role can name them.
look_at() {
    look_at_file=$1
    look_at_kind=$2
    look_at_namespace=$3
    shift 3
    : >"$work/looked-at"
    for look_at_name in "$@"; do
        look "$work/look" "$look_at_kind" -n "$look_at_namespace" --field-selector "metadata.name=$look_at_name" || return 1
        cat "$work/look" >>"$work/looked-at"
    done
    jq -c -s 'add // []' "$work/looked-at" >"$look_at_file"
}

kubectl_words() {
    tail -n 3 "$work/kubectl.log" 2>/dev/null | tr '\n' ' '
}

# A cluster may be temporarily unavailable, which is reported once until it responds again.
say_away() {
    [ -n "${away:-}" ] || say "the cluster did not respond, retrying: $(kubectl_words)"
    away=true
}
