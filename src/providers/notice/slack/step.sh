# Posts a message to a channel. Slack reads `&`, `<` and `>` as its own (docs.slack.dev, "Formatting message text"): once
# they are escaped, no text mentions anybody or becomes a link.

notice_url=$(without_end "$notice_url")
case $notice_url in https://*) ;; *) fail "the URL of the Secret does not start with https://" ;; esac
is_url "$notice_url" || fail "the URL of the Secret is not a URL"

jq '
    def escaped: gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");
    def link($text): "<\(gsub("\\|"; "%7C") | gsub("<"; "%3C") | gsub(">"; "%3E") | gsub("&"; "&amp;"))|\($text | escaped)>";
    (if .superseded then "\(.app) was superseded by a newer commit"
     elif .moment == "started" then "Delivery of \(.app) started"
     elif .moment == "waiting" then "Delivery of \(.app) waits for approval"
     elif .moment == "succeeded" then "\(.app) was delivered"
     elif .moment == "rolled-back" then "\(.app) was rolled back in \(.environment)"
     else "Delivery of \(.app) failed or was stopped" end) as $title |
    .revision[0:12] as $commit |
    [ "\(.pipeline) on \(.target)", .version, .branch[0:250] ] as $facts |
    [ (.workflow.url | select(.) | link("run")), (.commit.url | link("commit " + $commit)) ] as $links |
    { text: (["*\($title | escaped)*", ($facts | map(escaped) | join(", ")), ($links | join(" - "))] | join("\n")),
      unfurl_links: false }' "$work/notice.json" >"$work/body"

send "$notice_url"
