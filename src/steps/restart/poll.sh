start_again() {
    jq -n --arg name "$name" --arg namespace "$PIPELINE_NAMESPACE" --arg pipeline "$PIPELINE" --arg sha "$REVISION" \
        --arg force "$FORCE" --argjson more "$more" '{apiVersion: "argoproj.io/v1alpha1", kind: "Workflow",
            metadata: {$name, $namespace},
            spec: {workflowTemplateRef: {name: $pipeline},
                arguments: {parameters: ([{name: "sha", value: $sha}, {name: "force", value: $force}] + $more)}}}' >"$work/workflow.json"
    ask_cluster create -f "$work/workflow.json" -n "$PIPELINE_NAMESPACE" >/dev/null 2>"$work/kubectl.log" || grep -q AlreadyExists "$work/kubectl.log"
}

started=$(date +%s)
lacking=
while :; do
    if look_at "$work/templates.json" workflowtemplates.argoproj.io "$PIPELINE_NAMESPACE" "$PIPELINE" "$SHARED_TEMPLATE"; then
        away=
        now_lacking=$(jq -r "$lacking_jq" --arg pipeline "$PIPELINE" --arg shared "$SHARED_TEMPLATE" --arg reason "$REASON" \
            --arg digest "$PIPELINE_DIGEST" "$work/templates.json")
        if [ -z "$now_lacking" ]; then
            if start_again; then
                say "$REVISION is delivered by workflow $name"
                exit 0
            fi
            say_away
        elif [ "$now_lacking" != "$lacking" ]; then
            say "waiting: $now_lacking"
        fi
        lacking=$now_lacking
    else
        say_away
    fi
    [ $(($(date +%s) - started)) -lt "$TIMEOUT_SECONDS" ] ||
        fail "timed out after $TIMEOUT_SECONDS s: ${lacking:-the cluster rejected the new workflow: $(kubectl_words)}.
Find out why Argo CD does not apply the generated tree (argocd app get of its bootstrap Application), then deliver by hand:
argo submit --from workflowtemplate/$PIPELINE -p sha=$REVISION"
    sleep "$POLL_SECONDS"
done
