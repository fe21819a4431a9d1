# Sets the status of the commit. There is one for each target and pipeline; a later one of the same name replaces it.

require url STATUS_URL "$STATUS_URL"
case $STATUS_HEADER in
'Authorization: Bearer ' | 'Authorization: token ' | 'PRIVATE-TOKEN: ') ;;
*) reject STATUS_HEADER "$STATUS_HEADER" "the header of a git host" ;;
esac
case $STATUS_FAILED in failure | failed) ;; *) reject STATUS_FAILED "$STATUS_FAILED" "failure or failed" ;; esac

status_token=$(without_end "$status_token")
is_line "$status_token" || fail "the token of the Secret is empty or has several lines"

jq --arg failed "$STATUS_FAILED" '
    (if .moment == "started" then ["pending", "The delivery is running"]
     elif .superseded then ["success", "Superseded by a newer commit"]
     elif .moment == "succeeded" then ["success", "Delivered as \(.version)"]
     else [$failed, "The delivery has failed or was stopped"] end) as [$state, $description] |
    { $state, $description, context: "pipelinec/\(.target)/\(.pipeline)" } +
    (if .workflow.url then {target_url: .workflow.url} else {} end)' "$work/notice.json" >"$work/body"

send "$STATUS_URL$REVISION" "$STATUS_HEADER$status_token"
