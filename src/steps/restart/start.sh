# The new run has the same commit.
start_again() {
    jq -n --arg name "$name" --arg namespace "$PIPELINE_NAMESPACE" --arg pipeline "$PIPELINE" --arg sha "$REVISION" \
        --arg force "$FORCE" '{apiVersion: "argoproj.io/v1alpha1", kind: "Workflow", metadata: {$name, $namespace},
            spec: {workflowTemplateRef: {name: $pipeline},
                arguments: {parameters: [{name: "sha", value: $sha}, {name: "force", value: $force}]}}}' >"$work/workflow.json"
    ask_cluster create -f "$work/workflow.json" -n "$PIPELINE_NAMESPACE" >/dev/null 2>"$work/kubectl.log" || grep -q AlreadyExists "$work/kubectl.log"
}
