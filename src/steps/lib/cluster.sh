# The objects of the cluster, as kubectl shows them to the account of the pod.

# A configuration that the image brings would come before the account of the pod.
unset KUBECONFIG

# ask_cluster ARGUMENT...: kubectl, with 20 seconds for an answer. Not by `--request-timeout`: with any flag that a client
# configuration has, kubectl ignores the account of its pod and asks localhost:8080 (client-go, tools/clientcmd,
# merged_client_builder.go; kubernetes/kubernetes#93474). HOME is a folder in which it finds no configuration either, and
# can keep what kinds the API server knows.
ask_cluster() {
    HOME="$work" timeout 20 kubectl "$@"
}

# look FILE GET-ARGUMENT...: the objects of a list, as a JSON array. Only lists are asked for: when an object of a name is
# missing, kubectl asks for its namespace as well (cli-runtime, pkg/resource/visitor.go), which no account here may read.
# False, with kubectl's words kept, when no whole list came: "there is none" and "I could not ask" must never be
# mistaken for each other.
look() {
    look_file=$1
    shift
    ask_cluster get -o json "$@" >"$work/looked" 2>"$work/kubectl.log" || return 1
    jq -c -s 'if length == 1 and (.[0] | type == "object" and (.items | type == "array")) then .[0].items
        else error("the answer is not a list") end' "$work/looked" >"$look_file" 2>>"$work/kubectl.log"
}

# look_at FILE KIND NAMESPACE NAME...: the objects with these names. Each is asked for by itself: so a Role can name them.
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

# A cluster may be away for a moment; that it is, is said once until it answers again.
say_away() {
    [ -n "${away:-}" ] || say "the cluster did not answer, trying on: $(kubectl_words)"
    away=true
}
