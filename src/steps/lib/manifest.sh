# Manifests of environments: validating, filling and editing them. Only jq reads or writes JSON here, and values are passed
# to it as arguments and files, never as program text.

manifest_functions='
def stop($message): "error: \($message)\n" | halt_error(1);
def words: [splits(" +") | select(. != "")];

# ---- single values

def matches($form): type == "string" and test("\\A(" + $form + ")\\z");
def is_sha: matches("[0-9a-f]{40}");
def is_change: matches("v[0-9]{14}-[0-9a-f]{6}");
def is_label: matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?") and length <= 63;
def is_time: matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z");
def is_digest: matches("sha256:[0-9a-f]{64}");
def is_repository: matches("[a-zA-Z0-9][-a-zA-Z0-9.]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*");
def is_tag: matches("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

# Argo CD pastes these strings into YAML, where a raw DEL, C1 or non-character makes the whole set fail to parse.
def is_text: type == "string" and (explode | all(
  (. >= 32 or . == 9 or . == 10 or . == 13) and (. < 127 or . > 159) and . != 65534 and . != 65535));
def is_line: is_text and (test("[\n\r\t]") | not);

# ---- the types of an Argo CD source: one wrong type in one manifest breaks every environment of its set

def source_shape:
  {name: "text", value: "text"} as $pair |
  {name: "text", value: "text", code: "flag"} as $variable |
  { repoURL: "text", path: "text", targetRevision: "text", chart: "text", ref: "text", name: "text",
    helm: { valueFiles: ["text"], releaseName: "text", values: "text", valuesObject: "map", version: "text",
      parameters: [{name: "text", value: "text", forceString: "flag"}], fileParameters: [{name: "text", path: "text"}],
      passCredentials: "flag", ignoreMissingValueFiles: "flag", skipCrds: "flag", skipTests: "flag",
      skipSchemaValidation: "flag", namespace: "text", kubeVersion: "text", apiVersions: ["text"] },
    kustomize: { namePrefix: "text", nameSuffix: "text", namespace: "text", version: "text", images: ["text"],
      commonLabels: "texts", commonAnnotations: "texts", forceCommonLabels: "flag", forceCommonAnnotations: "flag",
      commonAnnotationsEnvsubst: "flag", replicas: [{name: "text", count: "count"}],
      patches: [{ path: "text", patch: "text", options: "flags",
        target: { group: "text", version: "text", kind: "text", name: "text", namespace: "text",
          labelSelector: "text", annotationSelector: "text" } }],
      components: ["text"], ignoreMissingComponents: "flag", labelWithoutSelector: "flag",
      labelIncludeTemplates: "flag", kubeVersion: "text", apiVersions: ["text"] },
    directory: { recurse: "flag", include: "text", exclude: "text",
      jsonnet: {extVars: [$variable], tlas: [$variable], libs: ["text"]} },
    plugin: { name: "text", env: [$pair],
      parameters: [{name: "text", string: "text", array: ["text"], map: "texts"}] } };

def wanted($ok; $what; $at): if $ok then empty else "\($at) is \(tojson | .[0:80]), expected \($what)" end;

def shape_problems($shape; $at):
  if $shape == "text" then wanted(is_text; "printable text"; $at)
  elif $shape == "flag" then wanted(type == "boolean"; "true or false"; $at)
  elif $shape == "count" then wanted(type == "number" or type == "string"; "a number"; $at)
  elif $shape == "map" then wanted(type == "object"; "an object"; $at), ((.. | strings) | wanted(is_text; "printable text"; $at))
  elif $shape == "texts" then wanted(type == "object" and all(.[]; is_text); "an object of strings"; $at)
  elif $shape == "flags" then wanted(type == "object" and all(.[]; type == "boolean"); "an object of booleans"; $at)
  elif type != ($shape | type) then wanted(false; if $shape | type == "array" then "a list" else "an object" end; $at)
  elif type == "array" then to_entries[] | .key as $i | .value | shape_problems($shape[0]; "\($at)[\($i)]")
  else to_entries[] | .key as $key | .value |
    if $shape | has($key) then shape_problems($shape[$key]; "\($at).\($key)")
    else "\($at).\($key) is not a field of an Argo CD source" end
  end;

def source_problems($at):
  shape_problems(source_shape; $at),
  (if type == "object" then (.repoURL | wanted(is_line and . != ""; "a URL"; $at + ".repoURL")) else empty end);

# ---- complete manifests

def image_problems($at):
  if type != "object" then wanted(false; "an object"; $at) else
    (.repository | wanted(is_repository; "an image repository"; $at + ".repository")),
    (.tag | wanted(is_tag; "an image tag"; $at + ".tag")),
    (.digest | wanted(is_digest; "sha256:<64 hex>"; $at + ".digest"))
  end;

def entry_problems($at):
  if type != "object" then wanted(false; "an object"; $at) else
    (.change | wanted(is_change; "v<14 digits>-<6 hex>"; $at + ".change")),
    (.state | wanted(IN("deployed", "deploying", "failed"); "deployed, deploying or failed"; $at + ".state")),
    (.revision | wanted(is_sha or . == ""; "a commit id"; $at + ".revision")),
    (.tree | wanted(is_sha; "a commit id"; $at + ".tree")),
    ((.branch // "") | wanted(is_line; "the name of a branch"; $at + ".branch")),
    (.images | if type != "object" then wanted(false; "an object"; $at + ".images")
      else to_entries[] | .key as $image | .value | image_problems("\($at).images.\($image)") end),
    (.sources | if type != "array" then wanted(false; "a list of sources"; $at + ".sources")
      else to_entries[] | .key as $i | .value | source_problems("\($at).sources[\($i)]") end),
    (if has("deliveries") then .deliveries | wanted(type == "array" and length > 0 and all(.[]; type == "object" and
      (.change | is_change)); "a list of deliveries, each with its change"; $at + ".deliveries") else empty end),
    (if has("previous") then .previous | entry_problems($at + ".previous") else empty end)
  end;

def apps_problems($namespace):
  if type != "object" then wanted(false; "an object"; "the manifest")
  elif .apps | type != "object" then .apps | wanted(false; "an object"; "apps")
  else .apps | to_entries[] | .key as $app | (
    ($app | wanted(is_label; "an app name (a DNS label)"; "apps: the key")),
    ("\($namespace)-\($app)" | wanted(length <= 63; "at most 63 characters as the name of an Application"; "apps.\($app)")),
    (.value | entry_problems("apps.\($app)")))
  end;

def workflow_problems($at):
  wanted(type == "object" and (.name | is_line) and (.uid | is_line); "a name and a uid"; $at);

def header_problems($environment; $namespace):
  (.format | wanted(. == "pipelinec/1"; "pipelinec/1"; "format")),
  (.environment | wanted(. == $environment; $environment; "environment")),
  (.namespace | wanted(is_label and . == $namespace; $namespace; "namespace")),
  (.created | wanted(is_time; "a time in UTC"; "created")),
  (.workflow | workflow_problems("workflow")),
  (.tree | wanted(is_sha; "a commit id"; "tree"));

def ephemeral_problems:
  (.expires | wanted(is_time; "a time in UTC"; "expires")),
  (.salt | wanted(matches("[0-9a-f]{64}"); "64 hex digits"; "salt"));

# ---- entries

# The settled part of an entry: nothing is based on another app in the middle of its canary.
def settled:
  if . == null or .state == "failed" then null elif .state == "deploying" then .previous else . end;

# What Argo CD will sync: an entry without sources only records images, and has no Application to wait for.
def awaited: with_entries(select(.value.sources != []) | .value |= .change);

def without_previous: if . == null then null else del(.previous) end;

# A line without a digest belongs to a build that was skipped.
def run_images:
  [ splits("\n") | words | select(length > 0 and length != 3) |
    if length == 4 then {key: .[0], value: {repository: .[1], tag: .[2], digest: .[3]}}
    else stop("IMAGES has the line \(join(" ") | .[0:120] | tojson), expected: name repository tag digest") end ] |
  map( (.key as $image | [($image | wanted(matches("[A-Za-z0-9_-]+"); "an image name"; "IMAGES: the name")),
      (.value | image_problems("IMAGES: \($image[0:80])"))] |
      if length > 0 then stop(join("; ")) else empty end), .) |
  from_entries;

# The images of the app: the previous ones, as far as the tree still lists them, overridden by those of this run. An app
# that has never settled uses the images of its failed delivery: they were built, and this run tests them.
def images_of_run($listed; $built): ((settled // . // {}).images // {}) |
  with_entries(select(.key as $image | any($listed[]; . == $image))) + $built;

def references: map_values({reference: "\(.repository)@\(.digest)", repository, tag, digest});

# ---- filling the placeholders of sources

def fill($run):
  if type == "object" and has("$run") then ."$run" as $key | $run | getpath($key | split("."))
  elif type == "object" and has("$join") then ."$join" | map(fill($run)) | join("")
  elif type == "object" and has("$json") then ."$json" | fill($run) | tojson
  elif type == "object" and has("$map") then reduce ."$map"[] as $pair ({}; .[$pair.key | fill($run)] = ($pair.value | fill($run)))
  elif type == "object" then with_entries(.value |= fill($run))
  elif type == "array" then map(fill($run))
  else . end;

def unfillable($run):
  [ .. | objects | select(has("$run")) | ."$run" ] | unique |
  map(. as $key | select(try ($run | getpath($key | split(".")) == null) catch true));

# {app, entry, sources} with placeholders -> the entry with its sources. $apps: app -> {images}, $known: the apps of the tree.
def filled($environment; $namespace; $apps; $known):
  .app as $app | .entry as $entry | ($known[$app] // {}) as $about |
  { tree: $entry.tree, revision: $entry.revision, version: $entry.change, branch: $entry.branch, $namespace,
    url: (if $about.repository then ($about.repository | sub("\\.git\\z"; "")) + "/commit/" + $entry.revision else "" end),
    images: $entry.images, $apps } as $run |
  (.sources | unfillable($run)) as $missing |
  if $missing | length > 0 then
    stop("the sources of \($app) in \($environment) need \($missing | join(", ")), which no delivery has recorded" +
      if $about.pipeline then ": complete the pipeline \($about.pipeline) first" else "" end)
  else $entry + {sources: (.sources | fill($run))} |
    if has("previous") then .previous as $previous | del(.previous) + {$previous} else . end
  end;

# ---- edits of a permanent manifest

# The deliveries to which an unfinished entry belongs. The entry of a delivered app belongs only to its delivery. A
# third-party chart has no pipeline: it is deployed with the apps that need it, and several deliveries may deploy the
# same one concurrently.
def deliveries: .deliveries // [{change, workflow}];
def is_of($change): .state == "deploying" and any(deliveries[]; .change == $change);

# What one of its deliveries has proven is kept.
def settle: .state = "deployed" | del(.previous, .deliveries);

# A delivery that did not finish gives up its entries. The previous state is restored once no other delivery needs the
# entry; if there was none, the entry is marked as failed instead.
def roll_back($change):
  if is_of($change) | not then .
  else (deliveries | map(select(.change != $change))) as $others |
    if $others != [] then .deliveries = $others
    elif has("previous") then .previous
    else .state = "failed" | del(.deliveries) end
  end;

# An entry of a chart, as this delivery needs it ($new), over the current one ($old). An entry of another delivery with the
# same sources is shared with it; the state before both of them is kept.
def chart_entry($old; $new; $updates):
  if $old == null then $new
  elif $old.sources == $new.sources and $old.state == "deployed" then $old
  elif $updates | not then $old
  elif $old.sources == $new.sources and $old.state == "deploying" then
    if $old | is_of($new.change) then $old
    else $old + {deliveries: (($old | deliveries) + $new.deliveries)}
      | .previous as $previous | if $previous then del(.previous) + {$previous} else . end end
  else $new + (($old | settled | without_previous) as $previous | if $previous then {$previous} else {} end)
  end;
'

# manifest_jq PROGRAM ARGUMENT...: jq with the functions above.
manifest_jq() {
    manifest_program=$1
    shift
    jq "$manifest_functions
$manifest_program" "$@"
}

is_one_object() { # is_one_object FILE
    jq -e -s 'length == 1 and (.[0] | type == "object")' "$1" >/dev/null 2>&1
}

# problems PROGRAM FILE ARGUMENT...: prints what is wrong with a manifest, one problem per line.
problems() {
    problems_program=$1
    problems_file=$2
    shift 2
    manifest_jq 'if length == 1 and (.[0] | type == "object") then .[0] | '"$problems_program"'
        else "it is not one JSON object" end' -r -s "$@" "$problems_file" 2>"$work/jq.log" || echo "it is not one JSON object"
}
