# Builds one image from one commit with BuildKit and pushes it. The BuildKit image has neither git nor jq, so BuildKit clones.

require sha REVISION "$REVISION"
require url CONTEXT "$CONTEXT"
case $CONTEXT in *.git) ;; *) reject CONTEXT "$CONTEXT" "a URL that ends in .git: BuildKit would download anything else as a file" ;; esac
case $CONTEXT in *#*) reject CONTEXT "$CONTEXT" "a URL without a fragment: the commit is REVISION" ;; esac
[ -z "$CONTEXT_PATH" ] || require path CONTEXT_PATH "$CONTEXT_PATH"
require path DOCKERFILE "$DOCKERFILE"
case $BUILD_TARGET in -* | *[!A-Za-z0-9_.-]*) reject BUILD_TARGET "$BUILD_TARGET" "the name of a build stage" ;; esac
[ "${#BUILD_TARGET}" -le 128 ] || reject BUILD_TARGET "$BUILD_TARGET" "at most 128 characters"
case $TAG in [.-]* | '' | *[!A-Za-z0-9_.-]*) reject TAG "$TAG" "an image tag" ;; esac
[ "${#TAG}" -le 128 ] || reject TAG "$TAG" "at most 128 characters"
require flag INSECURE "$INSECURE"
require flag ATTEST "$ATTEST"
require flag BUILDER_TLS "$BUILDER_TLS"
case $BUILDER_ADDRESS in
'') ;;
*[!a-zA-Z0-9.:/-]*) reject BUILDER_ADDRESS "$BUILDER_ADDRESS" "tcp://host:port" ;;
tcp://[a-zA-Z0-9]*:[0-9]*) ;;
*) reject BUILDER_ADDRESS "$BUILDER_ADDRESS" "tcp://host:port" ;;
esac
case $PLATFORMS in
'') ;;
*[!a-z0-9/,]* | *,,* | *,) reject PLATFORMS "$PLATFORMS" "platforms, separated by commas" ;;
linux/*) ;;
*) reject PLATFORMS "$PLATFORMS" "platforms such as linux/amd64" ;;
esac
case $BUILD_SECRETS in *[!A-Za-z0-9._\ -]*) reject BUILD_SECRETS "$BUILD_SECRETS" "names, separated by spaces" ;; esac
for build_secret in $BUILD_SECRETS; do
    case $build_secret in [!A-Za-z0-9]*) reject BUILD_SECRETS "$build_secret" "a name that begins with a letter or digit" ;; esac
    [ "${#build_secret}" -le 128 ] || reject BUILD_SECRETS "$build_secret" "at most 128 characters"
done

is_reference() { # an image without scheme, comma or space: it becomes part of an option's value
    case $1 in [!A-Za-z0-9]* | */ | *//* | *[!A-Za-z0-9._/:-]*) return 1 ;; */*) ;; *) return 1 ;; esac
}

is_reference "$DESTINATION" || reject DESTINATION "$DESTINATION" "registry/repository without a tag"
case ${DESTINATION##*/} in *:*) reject DESTINATION "$DESTINATION" "registry/repository without a tag" ;; esac
cache=${CACHE#http://}
[ -z "$cache" ] || is_reference "$cache" || reject CACHE "$CACHE" "an image reference"

# A registry without TLS has to be configured in the daemon as well, or it cannot pull from it.
plain_registry() {
    printf '[registry."%s"]\n  http = true\n' "${1%%/*}"
}

daemon_flags="--oci-worker-no-process-sandbox"
insecure_option=
cache_option=
if [ "$INSECURE" = true ]; then
    plain_registry "$DESTINATION" >>"$work/buildkitd.toml"
    insecure_option=",registry.insecure=true"
fi
if [ "${cache%%/*}" = "${DESTINATION%%/*}" ]; then
    cache_option=$insecure_option
elif [ "$cache" != "$CACHE" ]; then
    plain_registry "$cache" >>"$work/buildkitd.toml"
    cache_option=",registry.insecure=true"
fi
[ ! -e "$work/buildkitd.toml" ] || daemon_flags="$daemon_flags --config $work/buildkitd.toml"
export BUILDKITD_FLAGS="$daemon_flags"

# Only with attestations or several platforms is the digest that of an index, from which each node takes the image that
# it runs.
set -- build --progress plain --frontend dockerfile.v0 \
    --opt "context=$CONTEXT#$REVISION${CONTEXT_PATH:+:$CONTEXT_PATH}" \
    --opt "filename=$DOCKERFILE" \
    --opt "label:org.opencontainers.image.revision=$REVISION" \
    --opt "label:org.opencontainers.image.source=$CONTEXT" \
    --opt "label:org.opencontainers.image.version=$TAG" \
    --output "type=image,name=$DESTINATION:$TAG,push=true$insecure_option" \
    --metadata-file "$work/metadata.json"
[ -z "$BUILD_TARGET" ] || set -- "$@" --opt "target=$BUILD_TARGET"
[ -z "$PLATFORMS" ] || set -- "$@" --opt "platform=$PLATFORMS"
[ "$ATTEST" = false ] || set -- "$@" --opt attest:provenance=mode=max --opt attest:sbom=
# BuildKit mounts a secret only in the commands that ask for it, and keeps it out of layers, caches and logs.
for build_secret in $BUILD_SECRETS; do
    set -- "$@" --secret "id=$build_secret,src=/secrets/$build_secret/value"
done
# A build never fails because of its cache: BuildKit ignores one that cannot be read, and `ignore-error` one that cannot be
# written.
if [ -n "$cache" ]; then
    set -- "$@" --import-cache "type=registry,ref=$cache$cache_option" \
        --export-cache "type=registry,ref=$cache,mode=max,ignore-error=true$cache_option"
fi
if [ -n "$git_token" ]; then
    context_host=${CONTEXT#*://}
    set -- "$@" --secret "id=GIT_AUTH_TOKEN.${context_host%%/*},env=GIT_TOKEN"
fi
# Each line becomes one argument, whatever it contains; no shell interprets it again.
while IFS= read -r build_arg; do
    case $build_arg in
    '') ;;
    [A-Za-z_]*=*) set -- "$@" --opt "build-arg:$build_arg" ;;
    *) reject BUILD_ARGS "$build_arg" "lines of KEY=VALUE" ;;
    esac
done <<EOF
$BUILD_ARGS
EOF

mkdir -p "$OUT"
say "building $DESTINATION:$TAG from $CONTEXT at $REVISION"
if [ -z "$BUILDER_ADDRESS" ]; then
    set -- buildctl-daemonless.sh "$@"
elif [ "$BUILDER_TLS" = true ]; then
    set -- buildctl --addr "$BUILDER_ADDRESS" --tlsdir /tls "$@"
else
    set -- buildctl --addr "$BUILDER_ADDRESS" "$@"
fi
GIT_TOKEN=$git_token "$@" || fail "the build of $DESTINATION:$TAG failed; the reason is above"

digest=$(sed -n 's/.*"containerimage\.digest": *"\([^"]*\)".*/\1/p' "$work/metadata.json")
is_digest "$digest" || fail "BuildKit reported the digest '$digest' for $DESTINATION:$TAG, expected sha256:<64 hex>: it cannot be deployed"
printf '%s' "$digest" >"$OUT/digest"
say "pushed $DESTINATION:$TAG@$digest"
