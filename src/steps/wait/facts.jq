# What the table of states reads from an Application or a Rollout.

def words: [splits(" +") | select(. != "")];
def sources: .spec.sources // [.spec.source];
def compared: .status.sync.comparedTo.sources // [.status.sync.comparedTo.source];
def revisions: .status.sync.revisions // [.status.sync.revision];
def carried: .metadata.annotations["pipelinec.dev/change"] // "";
def said($text): if ($text // "") == "" then "" else ": \($text)" end;
def has_complaint($type): any(.status.conditions[]?; .type == $type);
def complaint($type): [ .status.conditions[]? | select(.type == $type) | "\(.type): \(.message)" ] | unique | join("; ");

# A resolved oci:// revision is a digest, which no targetRevision can equal.
def at_revisions: sources as $sources | revisions as $revisions |
  all(range($sources | length); $sources[.].repoURL as $url |
    (($url // "") | startswith("oci://")) or $revisions[.] == $sources[.].targetRevision);

# Changes sort by the time in them.
def is_change: test("\\Av[0-9]{14}-[0-9a-f]{6}\\z");
def stamp: if is_change then .[1:15] else "" end;

# Whether it carries a change that has replaced that of this run: one that appeared while this run was waiting, or a newer one. An
# older one that it carried at the first poll may be the previous state.
def is_replaced($target; $first): carried as $carried | ($carried | is_change) and ($target.change | is_change) and
  $carried != $target.change and $carried != $target.instead_of and
  (($first != null and $first != $carried) or ([$target.change, $target.instead_of] | map(stamp) | max) < ($carried | stamp));

# The current operation, or the last one. It may be of older sources; only its failure with these counts.
def phase: .status.operationState.phase // "";
def is_over: phase | IN("Succeeded", "Failed", "Error");
def operation_is_ours: sources as $sources | .status.operationState |
  (.syncResult.sources // .operation.sync.sources) as $synced |
  if $synced then $synced == $sources
  else (.operation.sync.revisions // .syncResult.revisions) == ($sources | map(.targetRevision)) end;
def ended: .status.operationState.finishedAt // "";
def reconciled: .status.reconciledAt // "";

def health: .status.health.status // "Unknown";

# The unhealthy objects. By default, Argo CD does not record their health in the Application.
def ill: [ .status.resources[]? | select((.health.status // "Healthy") != "Healthy" or .status == "OutOfSync") |
    "\(.kind)/\(.name) \(.health.status // .status)\(if .health.message then " (\(.health.message))" else "" end)" ] +
  [ .status.operationState.syncResult.resources[]? | select(.status == "SyncFailed") | "\(.kind)/\(.name): \(.message)" ] |
  unique | .[0:8] | join(", ");
def who: if any(.status.resources[]?; .health) then said(ill)
  else "\(said(ill)) (`argocd app get \(.metadata.name)` shows which object it is)" end;

def images: [ .spec.template.spec | (.containers, .initContainers)[]? | .image ];
def runs_one_of($digests): images as $images | ($digests | length) == 0 or
  any($images[]; . as $image | any($digests[]; . as $digest | $image | endswith("@" + $digest)));
def is_observed: (.status.observedGeneration // "" | tostring) == (.metadata.generation | tostring);
def is_invalid: any(.status.conditions[]?; .type == "InvalidSpec" and .status == "True") or
  ((.status.message // "") | startswith("InvalidSpec"));
def steps: "\(.status.phase // "Unknown")\(said(.status.message))";
