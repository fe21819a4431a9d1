# The new run gets the same arguments: `name=value`, separated by spaces.
case $ARGUMENTS in *[!A-Za-z0-9._/+@=\ -]*) reject ARGUMENTS "$ARGUMENTS" "name=value, separated by spaces" ;; esac

start_again() {
    jq -n --arg name "$name" --arg namespace "$PIPELINE_NAMESPACE" --arg pipeline "$PIPELINE" --arg sha "$REVISION" \
        --arg force "$FORCE" --arg arguments "$ARGUMENTS" '{apiVersion: "argoproj.io/v1alpha1", kind: "Workflow",
            metadata: {$name, $namespace},
            spec: {workflowTemplateRef: {name: $pipeline},
                arguments: {parameters: ([{name: "sha", value: $sha}, {name: "force", value: $force}] +
                    [$arguments | splits(" ") | capture("\\A(?<name>[a-z-]+)=(?<value>.*)\\z")])}}}' >"$work/workflow.json"
    ask_cluster create -f "$work/workflow.json" -n "$PIPELINE_NAMESPACE" >/dev/null 2>"$work/kubectl.log" || grep -q AlreadyExists "$work/kubectl.log"
}
