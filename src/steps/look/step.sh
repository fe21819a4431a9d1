# Looks whether the ephemeral environment of this run is open.

require label ENVIRONMENT "$ENVIRONMENT"
require version VERSION "$VERSION"
require line WORKFLOW_UID "$WORKFLOW_UID"

mkdir -p "$OUT"
printf false >"$OUT/opened"
printf '' >"$OUT/salt"
printf '{}' >"$OUT/images"

persist fetch_gitops || fail "cannot read $GITOPS_URL: $(git_words)"
run_file="$GITOPS_PATH/$ENVIRONMENT/$VERSION.json"
if ! read_at "$head" "$run_file" "$work/look.json"; then
    say "$run_file does not exist: the environment was never opened, or is already deleted"
    exit 0
fi
if ! is_one_object "$work/look.json" || [ "$(jq -r '.workflow.uid? // ""' "$work/look.json")" != "$WORKFLOW_UID" ]; then
    say "$run_file is not a manifest of this run"
    exit 0
fi
manifest_jq '.salt // "" | strings' -j "$work/look.json" >"$OUT/salt"
manifest_jq '.apps | map_values((.images // {}) | references) | tojson' -j "$work/look.json" >"$OUT/images"
printf true >"$OUT/opened"
say "$ENVIRONMENT $VERSION is open"
