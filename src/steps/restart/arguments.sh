# The new run gets the same arguments: `name=value`, separated by spaces.
case $ARGUMENTS in *[!A-Za-z0-9._/+@=\ -]*) reject ARGUMENTS "$ARGUMENTS" "name=value, separated by spaces" ;; esac
more=$(jq -cn --arg arguments "$ARGUMENTS" '[$arguments | splits(" ") | capture("\\A(?<name>[a-z-]+)=(?<value>.*)\\z")]')

