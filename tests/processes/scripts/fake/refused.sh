# With any of these in its arguments or its environment the real one asks another server than that of its pod, or as
# somebody else.
for argument in "$@"; do
    case $argument in
    -s | -s?* | @FLAGS@) echo "kubectl: $argument takes the place of the account of a pod" >&2; exit 1 ;;
    esac
done
[ -z "${KUBECONFIG:-}" ] || { echo 'kubectl: KUBECONFIG takes the place of the account of a pod' >&2; exit 1; }
