# Restarts this run from the templates that replace those it was started from. A run keeps the templates with which it was
# started, so it cannot continue with new ones.

case $REASON in mixed | behind) ;; *) reject REASON "$REASON" "mixed or behind" ;; esac
require label PIPELINE "$PIPELINE"
require label SHARED_TEMPLATE "$SHARED_TEMPLATE"
require label PIPELINE_NAMESPACE "$PIPELINE_NAMESPACE"
require line PIPELINE_DIGEST "$PIPELINE_DIGEST"
require sha REVISION "$REVISION"
require flag FORCE "$FORCE"
require seconds TIMEOUT_SECONDS "$TIMEOUT_SECONDS"
require seconds POLL_SECONDS "$POLL_SECONDS"
is_only 0-9a-f- "$WORKFLOW_UID" || reject WORKFLOW_UID "$WORKFLOW_UID" "the uid of a workflow"

# What is missing before the run can restart, or nothing.
lacking_jq='
(map({key: .metadata.name, value: (.metadata.annotations // {})}) | from_entries) as $templates |
$templates[$pipeline] as $own | $templates[$shared]["pipelinec.dev/shared-digest"] as $steps |
if $own == null then "WorkflowTemplate \($pipeline) does not exist"
elif $steps == null then "WorkflowTemplate \($shared) does not exist"
elif $reason == "behind" and $own["pipelinec.dev/pipeline-digest"] == $digest then
  "Argo CD has not replaced WorkflowTemplate \($pipeline) yet"
elif $own["pipelinec.dev/shared-digest"] != $steps then
  "WorkflowTemplates \($pipeline) and \($shared) come from different builds"
else "" end'

# The same name in each attempt of this step, and a different one in each run.
name=$PIPELINE-$(printf '%.6s' "$REVISION")-$(printf '%.5s' "$WORKFLOW_UID")

start_again() {
    jq -n --arg name "$name" --arg namespace "$PIPELINE_NAMESPACE" --arg pipeline "$PIPELINE" --arg sha "$REVISION" \
        --arg force "$FORCE" '{apiVersion: "argoproj.io/v1alpha1", kind: "Workflow", metadata: {$name, $namespace},
            spec: {workflowTemplateRef: {name: $pipeline},
                arguments: {parameters: [{name: "sha", value: $sha}, {name: "force", value: $force}]}}}' >"$work/workflow.json"
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
