# Common to all steps: output, temporary files, validation of inputs.

# Byte-wise text: [a-z] means exactly those letters, and git prints the English messages that are matched below.
export LC_ALL=C

# Control characters never reach a log: a terminal would interpret them.
say() {
    printf '%s\n' "$*" | tr -d '\000-\010\013-\037\177'
}

fail() {
    say "error: $*" >&2
    exit 1
}

work=$(mktemp -d "${TMPDIR:-/tmp}/pipelinec.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM INT
export HOME="${HOME:-$work}"

# reject NAME VALUE FORM: ends the step because of an invalid input.
reject() {
    fail "$1 is '$(printf '%.120s' "$2")', expected $3"
}

is_only() { # is_only CHARACTERS VALUE: not empty, and only these characters
    case $2 in '' | *[!$1]*) return 1 ;; esac
}

is_label() {
    is_only 'a-z0-9-' "$1" && [ "${#1}" -le 63 ] || return 1
    case $1 in -* | *-) return 1 ;; esac
}

is_sha() {
    is_only '0-9a-f' "$1" && [ "${#1}" -eq 40 ]
}

is_version() {
    case $1 in v??????????????-??????) ;; *) return 1 ;; esac
    version_stamp=${1%-??????}
    is_only '0-9' "${version_stamp#v}" && is_only '0-9a-f' "${1##*-}"
}

is_digest() {
    case $1 in sha256:*) is_only '0-9a-f' "${1#sha256:}" && [ "${#1}" -eq 71 ] ;; *) return 1 ;; esac
}

is_seconds() {
    is_only '0-9' "$1" && [ "${#1}" -le 7 ]
}

# A path inside a repository of which no component leads out of it or looks like an option.
is_path() {
    case $1 in /* | */ | *//*) return 1 ;; esac
    case /$1/ in */./* | */../* | */-* | */.git/*) return 1 ;; esac
    is_only 'A-Za-z0-9._/+@-' "$1" && [ "${#1}" -le 1000 ]
}

# A URL with a scheme and without credentials, which would end up in logs and in .git/config.
is_url() {
    case $1 in *[[:cntrl:][:space:]]* | *\'* | *\"* | *\\*) return 1 ;; esac
    case $1 in
    https://*@* | http://*@*) return 1 ;;
    https://?* | http://?* | ssh://?* | file://?*) ;;
    *) return 1 ;;
    esac
}

is_line() {
    case $1 in '' | *[[:cntrl:]]*) return 1 ;; esac
}

is_flag() {
    [ "$1" = true ] || [ "$1" = false ]
}

require() { # require KIND NAME VALUE: for kinds with a fixed description
    case $1 in
    label) is_label "$3" || reject "$2" "$3" "a DNS label (a-z, 0-9 and -, at most 63)" ;;
    sha) is_sha "$3" || reject "$2" "$3" "a full commit id of 40 hexadecimal digits" ;;
    version) is_version "$3" || reject "$2" "$3" "v<14 digits>-<6 hexadecimal digits>" ;;
    seconds) is_seconds "$3" || reject "$2" "$3" "an integer number of seconds" ;;
    path) is_path "$3" || reject "$2" "$3" "a relative path of plain names (no .., no leading -)" ;;
    url) is_url "$3" || reject "$2" "$3" "a URL (https, http, ssh or file) without credentials; a token belongs in a Secret" ;;
    line) is_line "$3" || reject "$2" "$3" "one line of text" ;;
    flag) is_flag "$3" || reject "$2" "$3" "true or false" ;;
    esac
}

require_labels() { # require_labels NAME VALUE: a space-separated list, which may be empty
    case $2 in *[!a-z0-9\ -]*) reject "$1" "$2" "DNS labels separated by spaces" ;; esac
    for listed in $2; do require label "$1" "$listed"; done
}

# 0.2 to 3 seconds, so that steps that collided once do not collide again.
pause() {
    pause_ms=$((200 + $(od -An -N2 -tu2 /dev/urandom) % 2800))
    sleep "$((pause_ms / 1000)).$(printf '%03d' $((pause_ms % 1000)))"
}
