# Argo CD's objects, as kubectl shows them.

require label PROJECT "$PROJECT"
require label ARGOCD_NAMESPACE "$ARGOCD_NAMESPACE"
require_labels APPLICATION_SETS "$APPLICATION_SETS"

# What every Application of this project carries. Another project of the same Argo CD may have environments of the same
# names, and its Applications are none of ours.
ours="pipelinec.dev/project=$PROJECT"

# What an ApplicationSet complains of, or nothing. One that fails creates and deletes no Application at all. The mark by
# which it is asked to look at git is taken away by a look that succeeds only (argo-cd, applicationset/controllers,
# applicationset_controller.go): as long as it is there, neither a webhook nor another mark has an effect.
set_errors() {
    [ -n "$APPLICATION_SETS" ] || return 0
    # shellcheck disable=SC2086 # a list of validated names
    look_at "$work/sets.json" applicationsets.argoproj.io "$ARGOCD_NAMESPACE" $APPLICATION_SETS || {
        echo "the ApplicationSets could not be read: $(kubectl_words)"
        return 0
    }
    jq -r '.[] | .metadata.name as $set |
        (if .metadata.annotations["argocd.argoproj.io/application-set-refresh"] then " (it still has the mark " +
            "argocd.argoproj.io/application-set-refresh, so a webhook does nothing: it looks at git again three minutes " +
            "after the error)" else "" end) as $marked | .status.conditions[]? |
        select(.type == "ErrorOccurred" and .status == "True") | "ApplicationSet \($set): \(.message)\($marked)"' "$work/sets.json"
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
