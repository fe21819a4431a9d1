# Requests a refresh of the ApplicationSets, and reports their errors.

case $REFRESH in annotate | none) ;; *) reject REFRESH "$REFRESH" "annotate or none" ;; esac
refreshed_at=0

# Repeated every 15 seconds while waiting: a set that was busy removes the annotation after a refresh that started
# earlier.
refresh_sets() { # refresh_sets NOW
    [ "$REFRESH" = annotate ] && [ $(($1 - refreshed_at)) -ge 15 ] || return 0
    refreshed_at=$1
    for refreshed in $APPLICATION_SETS; do
        ask_cluster annotate --overwrite -n "$ARGOCD_NAMESPACE" applicationsets.argoproj.io \
            --field-selector "metadata.name=$refreshed" \
            argocd.argoproj.io/application-set-refresh=true >/dev/null 2>"$work/kubectl.log" || say_away
    done
}

# The errors of the sets, printed again only if they change.
say_set_errors() {
    complaints=$(set_errors)
    [ "$complaints" = "${said_complaints:-}" ] || say "$complaints"
    said_complaints=$complaints
}
