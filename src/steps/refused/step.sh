# Fails the run unless somebody has approved it.

require label QUESTION "$QUESTION"
require line WORKFLOW_NAME "$WORKFLOW_NAME"
is_only '0-9dhms' "$WITHIN" || reject WITHIN "$WITHIN" "a time such as 8h"

answer=${ANSWER#*:}
case $answer in
NO) why="the answer is NO: somebody refused, nobody answered within $WITHIN, or the whole run was resumed without an answer" ;;
'') why="it was resumed without an answer" ;;
*) why="the answer is '$(printf '%.40s' "$answer")', and only YES approves" ;;
esac
[ "$ANSWER" = Succeeded:YES ] || fail "$QUESTION is not approved: $why.
\`argo get $WORKFLOW_NAME\` shows the message of the step, and \`argo get $WORKFLOW_NAME -o yaml\` the label workflows.argoproj.io/actor, if the Argo server knows who it was. To ask again, submit this delivery again."
