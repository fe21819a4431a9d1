# Asking the ApplicationSets to look at git now.

case $REFRESH in annotate | none) ;; *) reject REFRESH "$REFRESH" "annotate or none" ;; esac
refreshed_at=0

# Repeated every 15 seconds by who waits: a set that was busy when it was asked has taken the mark away after an
# older look at git.
refresh_sets() { # refresh_sets NOW
    [ "$REFRESH" = annotate ] && [ -n "$APPLICATION_SETS" ] && [ $(($1 - refreshed_at)) -ge 15 ] || return 0
    refreshed_at=$1
    # shellcheck disable=SC2086 # a list of validated names
    ask_cluster annotate --overwrite -n "$ARGOCD_NAMESPACE" applicationsets.argoproj.io \
        $APPLICATION_SETS argocd.argoproj.io/application-set-refresh=true >/dev/null 2>"$work/kubectl.log" || say_away
}
