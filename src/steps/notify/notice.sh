# The notice: one document, which each recipient gets in its own form.

case $MOMENT in
started | waiting | succeeded | failed | rolled-back) ;;
*) reject MOMENT "$MOMENT" "started, waiting, succeeded, failed or rolled-back" ;;
esac
require label PROJECT "$PROJECT"
require label TARGET "$TARGET"
require label PIPELINE "$PIPELINE"
require label APP "$APP"
require label PIPELINE_NAMESPACE "$PIPELINE_NAMESPACE"
[ -z "$ENVIRONMENT" ] || require label ENVIRONMENT "$ENVIRONMENT"
[ -z "$QUESTION" ] || require label QUESTION "$QUESTION"
require version VERSION "$VERSION"
require sha REVISION "$REVISION"
require line BRANCH "$BRANCH"
require url COMMIT_URL "$COMMIT_URL"
[ -z "$RUN_URL" ] || require url RUN_URL "$RUN_URL"
require flag SUPERSEDED "$SUPERSEDED"
require line WORKFLOW_NAME "$WORKFLOW_NAME"
require line WORKFLOW_UID "$WORKFLOW_UID"

jq -n --arg moment "$MOMENT" --arg superseded "$SUPERSEDED" --arg project "$PROJECT" --arg target "$TARGET" \
    --arg pipeline "$PIPELINE" --arg app "$APP" --arg environment "$ENVIRONMENT" --arg question "$QUESTION" --arg version "$VERSION" \
    --arg revision "$REVISION" --arg branch "$BRANCH" --arg commit "$COMMIT_URL" --arg run "$RUN_URL" \
    --arg namespace "$PIPELINE_NAMESPACE" --arg name "$WORKFLOW_NAME" --arg uid "$WORKFLOW_UID" '
    def known: if . == "" then null else . end;
    { format: "pipelinec-notice/1", $moment, superseded: ($superseded == "true"), $project, $target, $pipeline, $app,
      environment: ($environment | known), question: ($question | known), $version, $revision, $branch, commit: {url: $commit},
      workflow: {$namespace, $name, $uid, url: ($run | known)} }' >"$work/notice.json"
