# Sends the document. The signature is over the time as well, so that a recorded request is worth nothing later.

notice_url=$(without_end "$notice_url")
case $notice_url in https://* | http://*) ;; *) fail "the URL of the Secret does not start with https:// or http://" ;; esac
is_url "$notice_url" || fail "the URL of the Secret is not a URL"
[ -n "$notice_key" ] || fail "the key of the Secret is empty"

jq -c . "$work/notice.json" >"$work/body"
now=$(date -u +%s)
{ printf '%s.' "$now" && cat "$work/body"; } >"$work/signed"
signature=$(hmac "$notice_key" "$work/signed")

send "$notice_url" "X-Pipelinec-Timestamp: $now" "X-Pipelinec-Signature-256: sha256=$signature" \
    "X-Pipelinec-Delivery: $WORKFLOW_UID-$MOMENT${ENVIRONMENT:+-$ENVIRONMENT}${QUESTION:+-$QUESTION}"
