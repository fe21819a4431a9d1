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

# What the new run gets beside its commit.
more='[]'

# The same name in each attempt of this step, and a different one in each run.
name=$PIPELINE-$(printf '%.6s' "$REVISION")-$(printf '%.5s' "$WORKFLOW_UID")
