# Argo CD's objects, read with kubectl.

require label PROJECT "$PROJECT"
require label ARGOCD_NAMESPACE "$ARGOCD_NAMESPACE"
require_labels APPLICATION_SETS "$APPLICATION_SETS"

# The label of every Application of this project. Another project of the same Argo CD may have environments with the same
# names, and its Applications must be ignored.
ours="pipelinec.dev/project=$PROJECT"

# The errors of the ApplicationSets, or nothing. One that fails neither creates nor deletes any Application. The annotation
# that requests a refresh is only removed by a successful refresh (argo-cd, applicationset/controllers,
# applicationset_controller.go): as long as it exists, neither a webhook nor another annotation has an effect.
set_errors() {
    [ -n "$APPLICATION_SETS" ] || return 0
    # shellcheck disable=SC2086 # a list of validated names
    look_at "$work/sets.json" applicationsets.argoproj.io "$ARGOCD_NAMESPACE" $APPLICATION_SETS || {
        echo "cannot read the ApplicationSets: $(kubectl_words)"
        return 0
    }
    jq -r '.[] | .metadata.name as $set |
        (if .metadata.annotations["argocd.argoproj.io/application-set-refresh"] then " (it still has the annotation " +
            "argocd.argoproj.io/application-set-refresh, so a webhook has no effect: it polls git again three minutes " +
            "after the error)" else "" end) as $marked | .status.conditions[]? |
        select(.type == "ErrorOccurred" and .status == "True") | "ApplicationSet \($set): \(.message)\($marked)"' "$work/sets.json"
}

# end_operation APPLICATION: like "argocd app terminate-op". A running operation takes precedence over the deletion, and may
# wait forever for something that the deletion has already removed.
end_operation() {
    if ask_cluster patch applications.argoproj.io "$1" -n "$ARGOCD_NAMESPACE" --type merge \
        -p '{"status": {"operationState": {"phase": "Terminating"}}}' >/dev/null 2>"$work/kubectl.log"; then
        say "$1: its operation was still running, and was terminated"
    else
        say "$1: cannot terminate its operation: $(kubectl_words)"
    fi
}
