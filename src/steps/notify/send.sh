# Sends $work/body. Secrets reach curl by its standard input: they are in no argument, file or log.

# without_end TEXT: the value of a secret without the line breaks that editors add.
without_end() {
    printf '%s' "$1"
}

quoted() { # quoted TEXT: a string of a configuration of curl
    printf '"%s"\n' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"
}

configuration() { # configuration URL HEADER...
    printf 'url = '
    quoted "$1"
    shift
    for header; do
        printf 'header = '
        quoted "$header"
    done
}

# post URL HEADER...: sets `answer` to the status, 000 without one. What comes after the status does not matter. No redirect is followed: another host gets nothing.
post() {
    answer=$(configuration "$@" | curl --disable --silent --proto =https,http --connect-timeout 5 --max-time 10 \
        --max-redirs 0 --max-filesize 1048576 --output /dev/null --write-out '%{http_code}' \
        --header 'Content-Type: application/json' --data-binary "@$work/body" --config -) || [ "$answer" ] || answer=000
}

# send URL HEADER...: three attempts, as long as the recipient does not say that the notice is wrong.
send() {
    command -v curl >/dev/null || fail "the image of the generated steps has no curl, so nobody can be notified"
    attempt=1
    while :; do
        post "$@"
        case $answer in
        2??)
            say "sent: $MOMENT"
            return 0
            ;;
        000) problem="there is no answer within 10 seconds, or no trusted connection" ;;
        3??) fail "not sent: the answer is $answer, and a redirect is not followed: the secret is for one host only" ;;
        429 | 5??) problem="the answer is $answer" ;;
        *) fail "not sent: the answer is $answer. Check the URL and what the secret may do" ;;
        esac
        [ "$attempt" -lt 3 ] || fail "not sent after $attempt attempts: $problem"
        say "attempt $attempt failed: $problem"
        attempt=$((attempt + 1))
        pause
    done
}
