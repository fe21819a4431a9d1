# Waits until a registry has an image that a CI pushes, and takes its digest. Of an image for several platforms it is that of
# the index. What the tag refers to later does not matter.

case $REPOSITORY in
[!A-Za-z0-9]* | */ | *//* | *[!A-Za-z0-9._/:-]*) reject REPOSITORY "$REPOSITORY" "registry/repository without a tag" ;;
*/*) ;;
*) reject REPOSITORY "$REPOSITORY" "registry/repository without a tag" ;;
esac
case ${REPOSITORY##*/} in *:*) reject REPOSITORY "$REPOSITORY" "registry/repository without a tag" ;; esac
case $TAG in [.-]* | *[!A-Za-z0-9_.-]*) reject TAG "$TAG" "an image tag" ;; esac
[ "${#TAG}" -le 128 ] || reject TAG "$TAG" "at most 128 characters"
require flag INSECURE "$INSECURE"
require seconds TIMEOUT_SECONDS "$TIMEOUT_SECONDS"
require seconds POLL_SECONDS "$POLL_SECONDS"

image=$REPOSITORY:$TAG
set -- crane digest
[ "$INSECURE" = false ] || set -- "$@" --insecure

# The answer of the registry is the last thing that crane prints, after the one to a HEAD request, which has no text
# (google/go-containerregistry, pkg/crane/digest.go, pkg/v1/remote/transport/error.go).
answer() {
    sed -n 's/^Error: //p' "$work/errors" | tail -n 1 | cut -c 1-300
}

mkdir -p "$OUT"
say "waiting for $image"
started=$(date +%s)
refusals=0
last=
while :; do
    # A registry that does not answer must not use up the whole time.
    if digest=$(timeout 60 "$@" "$image" 2>"$work/errors"); then
        is_digest "$digest" || fail "the registry reported the digest '$(printf '%.120s' "$digest")' for $image, expected sha256:<64 hex>"
        printf '%s' "$digest" >"$OUT/digest"
        say "found $image@$digest"
        exit 0
    fi
    answer=$(answer)
    case $answer in
    *": NAME_UNKNOWN:"* | *": MANIFEST_UNKNOWN:"* | *": NOT_FOUND:"* | *": unexpected status code 404 "*)
        refusals=0
        answer=
        ;;
    *": UNAUTHORIZED:"* | *": DENIED:"* | *": unexpected status code 401 "* | *": unexpected status code 403 "*)
        refusals=$((refusals + 1))
        # One may be the moment at which a token is replaced.
        [ "$refusals" -lt 3 ] || fail "the registry does not let this step read $image: $answer
The Secret with which images are pulled must be allowed to read this repository. Some registries answer like this as long
as a repository does not exist: let the CI push a first image, and start this delivery again."
        ;;
    *) refusals=0 ;;
    esac
    [ -z "$answer" ] || [ "$answer" = "$last" ] || say "the registry could not be asked: $answer"
    last=$answer
    if [ $(($(date +%s) - started)) -ge "$TIMEOUT_SECONDS" ]; then
        [ -z "$answer" ] || fail "the registry could not be asked for $image within $TIMEOUT_SECONDS s: $answer"
        fail "there is no image $image after $TIMEOUT_SECONDS s. Has the CI built this commit, and is this the tag that it
gives to its images? Start this delivery again when the image is there."
    fi
    sleep "$POLL_SECONDS"
done
