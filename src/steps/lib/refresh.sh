# Asking the ApplicationSets to look at git now, and telling why they do not.

case $REFRESH in annotate | none) ;; *) reject REFRESH "$REFRESH" "annotate or none" ;; esac
refreshed_at=0

# Repeated every 15 seconds by who waits: a set that was busy when it was asked has taken the mark away after an
# older look at git.
refresh_sets() { # refresh_sets NOW
    [ "$REFRESH" = annotate ] && [ $(($1 - refreshed_at)) -ge 15 ] || return 0
    refreshed_at=$1
    for refreshed in $APPLICATION_SETS; do
        ask_cluster annotate --overwrite -n "$ARGOCD_NAMESPACE" applicationsets.argoproj.io \
            --field-selector "metadata.name=$refreshed" \
            argocd.argoproj.io/application-set-refresh=true >/dev/null 2>"$work/kubectl.log" || say_away
    done
}

# What the sets complain of; said again only when it changes.
say_set_errors() {
    complaints=$(set_errors)
    [ "$complaints" = "${said_complaints:-}" ] || say "$complaints"
    said_complaints=$complaints
}
