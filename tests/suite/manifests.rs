//! What holds of every object of every generated tree: what Argo and Kubernetes would refuse or trip over only in a cluster.

use pipelinec::compile::compile;
use pipelinec::source::SourceMap;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use testkit::compiled::{ALL, Compiled, Object, Tree, every_tree, homelab, list, text, walk, wide};

/// Every tree of every program.
fn trees() -> impl Iterator<Item = (&'static Compiled, &'static Tree)> {
    ALL.iter().flat_map(|program| program.trees.values().map(move |tree| (program, tree)))
}

/// Every template of every workflow.
fn templates() -> impl Iterator<Item = (&'static Tree, &'static Object, &'static Value)> {
    trees().flat_map(|(_, tree)| {
        tree.objects
            .iter()
            .flat_map(move |object| object.templates().into_iter().map(move |found| (tree, object, found)))
    })
}

/// The container of a template, if it makes a pod.
fn container(template: &Value) -> Option<&Value> {
    ["container", "script"].iter().find_map(|kind| template.get(*kind))
}

fn pod_templates() -> impl Iterator<Item = (&'static Object, &'static Value, &'static Value)> {
    templates().filter_map(|(_, object, template)| Some((object, template, container(template)?)))
}

/// Kustomize refuses a tree that has an object twice, and so does Argo CD.
#[test]
fn no_object_is_there_twice() {
    for (name, tree) in every_tree() {
        let mut seen = BTreeSet::new();
        for object in &tree.objects {
            let metadata = &object.value["metadata"];
            let id = (
                text(&object.value["kind"]).to_owned(),
                metadata["namespace"].clone().to_string(),
                object.name().to_owned(),
            );
            // A component is used in several places, none of which has it twice.
            let folder = object.file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            assert!(seen.insert((folder, id.clone())), "{name}: {id:?} again in {}", object.file);
        }
    }
}

#[test]
fn no_script_is_a_template() {
    let mut scripts = 0;
    for (object, template, container) in pod_templates() {
        let place = format!("{}, template {}", object.place(), template["name"]);
        scripts += usize::from(container.get("source").is_some());
        assert!(!text(&container["source"]).contains("{{"), "{place}: braces in a script");
        for argument in list(&container["args"]) {
            assert!(!text(argument).contains("{{"), "{place}: braces in an argument");
        }
        let command: Vec<_> = list(&container["command"]).map(text).collect();
        let Some(shell) = command.iter().position(|word| *word == "-c") else { continue };
        // A program may contain a shell command with values of a run: names and digests that were validated before.
        for reference in command[shell..].iter().flat_map(|word| word.split("{{").skip(1)) {
            let known = ["inputs.parameters.version}}", "inputs.parameters.namespace}}"];
            assert!(known.iter().any(|known| reference.starts_with(known)), "{place}: {reference}");
        }
    }
    assert!(scripts >= 25, "{scripts} scripts");
}

#[test]
fn every_container_says_what_it_runs_and_how_much_it_may_use() {
    for (object, template, container) in pod_templates() {
        let place = format!("{}, template {}", object.place(), template["name"]);
        assert_ne!(list(&container["command"]).count(), 0, "{place}: Argo would ask the registry for the command");
        let extra = ["initContainers", "sidecars", "containerSet"].iter().any(|field| template.get(*field).is_some());
        assert!(!extra, "{place}: a container that these tests do not know");
        assert_resources(&container["resources"], &place);
    }
    let mut workloads = 0;
    for (_, tree) in trees() {
        for object in
            tree.objects.iter().filter(|object| ["Deployment", "Rollout", "StatefulSet"].contains(&object.kind()))
        {
            for container in list(&object.value["spec"]["template"]["spec"]["containers"]) {
                assert_resources(&container["resources"], &object.place());
                workloads += 1;
            }
        }
        for object in tree.objects.iter().filter(|object| ["Sensor", "EventSource"].contains(&object.kind())) {
            assert_resources(&object.value["spec"]["template"]["container"]["resources"], &object.place());
        }
    }
    assert!(workloads >= 20, "{workloads} workloads");
}

#[track_caller]
fn assert_resources(resources: &Value, place: &str) {
    for (kind, resource) in [("requests", "cpu"), ("requests", "memory"), ("limits", "cpu"), ("limits", "memory")] {
        assert!(!text(&resources[kind][resource]).is_empty(), "{place}: no {kind} of {resource}");
    }
}

#[test]
fn no_container_has_privileges() {
    for (object, template, container) in pod_templates() {
        let place = format!("{}, template {}", object.place(), template["name"]);
        let name = text(&template["name"]);
        let rootless = container.get("source").is_some()
            && (name == "build" || name.starts_with("build-"))
            && list(&container["env"]).all(|variable| variable["name"] != "BUILDER_ADDRESS");
        let asked_for_root = text(&container["image"]).contains("_tools_reference");
        assert_secure(&template["securityContext"], &container["securityContext"], rootless, asked_for_root, &place);
        let own = container.get("source").is_some() && !rootless;
        assert_eq!(container["securityContext"]["readOnlyRootFilesystem"] == true, own, "{place}");
        // Generated steps only write to volumes.
        let mounts: Vec<_> = list(&container["volumeMounts"]).map(|mount| text(&mount["mountPath"])).collect();
        let outputs: Vec<_> =
            list(&template["outputs"]["parameters"]).map(|output| text(&output["valueFrom"]["path"])).collect();
        if own {
            assert!(mounts.contains(&"/tmp"), "{place}");
            assert!(outputs.iter().all(|path| path.starts_with("/out/")), "{place}");
            assert_eq!(mounts.contains(&"/out"), !outputs.is_empty(), "{place}");
        }
    }
    for (_, tree) in trees() {
        for object in &tree.objects {
            let pod = match object.kind() {
                "Deployment" | "Rollout" | "StatefulSet" => &object.value["spec"]["template"]["spec"],
                "Sensor" | "EventSource" => &object.value["spec"]["template"],
                _ => continue,
            };
            let own = list(&pod["containers"]).next().unwrap_or(&pod["container"]);
            assert_secure(&pod["securityContext"], &own["securityContext"], false, false, &object.place());
            let workload = pod.get("containers").is_some();
            assert_eq!(workload, pod["automountServiceAccountToken"] == false, "{}", object.place());
        }
    }
}

#[track_caller]
fn assert_secure(pod: &Value, container: &Value, rootless: bool, root: bool, place: &str) {
    assert_eq!(pod["runAsNonRoot"], !root, "{place}");
    assert_eq!(pod["runAsUser"] == 0, root, "{place}");
    // The setuid helpers of a rootless BuildKit need what everybody else gives up.
    if rootless {
        assert_eq!(container["seccompProfile"]["type"], "Unconfined", "{place}");
        assert_eq!(container.get("privileged"), None, "{place}");
        return;
    }
    assert_eq!(pod["seccompProfile"]["type"], "RuntimeDefault", "{place}");
    assert_eq!(container["allowPrivilegeEscalation"], false, "{place}");
    assert_eq!(container["capabilities"]["drop"][0], "ALL", "{place}");
    for dangerous in ["privileged", "procMount", "runAsUser"] {
        assert_eq!(container.get(dangerous), None, "{place}");
    }
}

#[test]
fn everything_ends() {
    for (object, template, _) in pod_templates() {
        let place = format!("{}, template {}", object.place(), template["name"]);
        let deadline = &template["activeDeadlineSeconds"];
        let given = text(deadline) == "{{inputs.parameters.deadline-seconds}}";
        assert!(given || deadline.as_u64().is_some_and(|seconds| seconds > 0), "{place}: no deadline");
    }
    // Argo refuses a pending timeout of composite templates, and a deadline of theirs does nothing.
    for (_, object, template) in templates().filter(|(_, _, template)| template.get("steps").is_some()) {
        for field in ["activeDeadlineSeconds", "timeout", "pendingTimeout"] {
            assert_eq!(template.get(field), None, "{}, template {}", object.place(), template["name"]);
        }
    }
    for (_, tree) in trees() {
        for object in tree.of_kind("WorkflowTemplate").filter(|object| object.value["spec"].get("entrypoint").is_some())
        {
            assert!(object.value["spec"]["activeDeadlineSeconds"].as_u64() > Some(0), "{}", object.place());
            assert!(
                object.value["spec"]["ttlStrategy"]["secondsAfterFailure"].as_u64() > Some(0),
                "{}",
                object.place()
            );
        }
        let janitor = tree.object("CronWorkflow", "pipelinec-janitor");
        assert!(
            janitor["spec"]["workflowSpec"]["activeDeadlineSeconds"].as_u64() < Some(300),
            "longer than its interval"
        );
        // In the exit handler nothing else would end the wait for the lock.
        let shared =
            tree.of_kind("WorkflowTemplate").find(|object| object.name() == "pipelinec").expect("shared steps");
        let gitops = shared.templates().into_iter().find(|template| template["name"] == "gitops").expect("gitops");
        assert_eq!(gitops["synchronization"]["mutexes"][0]["name"], "gitops");
        assert_eq!(gitops["pendingTimeout"], "600s");
    }
}

/// A wait says what is lacking when its time is over. A pod that is ended from outside says nothing.
#[test]
fn a_wait_ends_before_its_pod_does() {
    // The last look, and an answer of the API server that does not come.
    const LAST: u64 = 5 + 20;
    let mut waits = 0;
    for (_, object, template) in templates() {
        let seconds = |step: &Value, name: &str| argument(step, name).and_then(|value| value.parse::<u64>().ok());
        for step in list(&template["steps"]).flat_map(list) {
            let Some(timeout) = seconds(step, "timeout-seconds") else { continue };
            let deadline = seconds(step, "deadline-seconds").unwrap_or_else(|| {
                assert_eq!(step["templateRef"]["template"], "gone");
                gone_deadline(object, step)
            });
            assert!(deadline > timeout + LAST, "{}: {}", object.place(), step["name"]);
            waits += 1;
        }
    }
    assert!(waits > 20, "{waits}");
}

fn gone_deadline(called_in: &Object, step: &Value) -> u64 {
    let shared =
        trees().flat_map(|(_, tree)| tree.of_kind("WorkflowTemplate")).filter(|object| object.name() == "pipelinec");
    let gone = shared.flat_map(Object::templates).find(|template| template["name"] == step["templateRef"]["template"]);
    gone.and_then(|gone| gone["activeDeadlineSeconds"].as_u64()).unwrap_or_else(|| panic!("{}", called_in.place()))
}

#[test]
fn each_executor_has_the_token_that_argo_looks_for() {
    for (_, tree) in trees() {
        let mut accounts = BTreeSet::new();
        for object in tree.of_kind("WorkflowTemplate") {
            let spec = &object.value["spec"];
            if spec.get("entrypoint").is_none() {
                continue;
            }
            assert_eq!(spec["automountServiceAccountToken"], false, "{}", object.place());
            let account = text(&spec["executor"]["serviceAccountName"]);
            let secret = tree.object("Secret", &format!("{account}.service-account-token"));
            assert_eq!(secret["type"], "kubernetes.io/service-account-token");
            assert_eq!(secret["metadata"]["annotations"]["kubernetes.io/service-account.name"], account);
            assert_eq!(secret["metadata"]["namespace"], object.value["metadata"]["namespace"]);
            let grants = tree.object("RoleBinding", "pipelinec-executor");
            assert!(list(&grants["subjects"]).any(|subject| subject["name"] == account), "{account} cannot report");
            accounts.insert(account);
        }
        let tokens = tree.of_kind("Secret").filter(|object| object.file.starts_with("access/")).count();
        assert_eq!(tokens, accounts.len());
    }
    // A template overrides neither: its own would need a Secret of its own.
    for (_, object, template) in templates() {
        assert_eq!(template.get("executor"), None, "{}", object.place());
    }
}

#[test]
fn a_release_has_one_name_in_every_environment_and_leaves_room_for_what_a_chart_appends() {
    let mut releases: BTreeMap<(&str, String), BTreeSet<String>> = BTreeMap::new();
    for (program, tree) in trees() {
        for (app, environment, sources) in tree.sources() {
            for helm in list(&sources).filter_map(|source| source.get("helm")) {
                let release = text(&helm["releaseName"]);
                assert_eq!(release, app, "{environment}");
                // The label of a StatefulSet's pod is its name and a hash of up to 11 characters.
                assert!(release.len() + "-postgresql".len() <= 52, "{release}");
                releases.entry((program.name, app.clone())).or_default().insert(environment.clone());
            }
        }
    }
    assert!(releases.len() >= 3 && releases.values().any(|environments| environments.len() > 1), "{releases:?}");
}

#[test]
fn a_malformed_manifest_is_skipped() {
    for (_, tree) in trees() {
        for object in tree.of_kind("ApplicationSet") {
            let spec = &object.value["spec"];
            assert_eq!(spec["goTemplate"], true);
            assert_eq!(spec["goTemplateOptions"][0], "missingkey=error");
            let mut elements = 0;
            walk(&object.value, &mut |value| {
                if let Some(entries) = value.get("elementsYaml") {
                    assert!(text(entries).contains(r#"if kindIs "map" $apps"#), "{}", object.place());
                    elements += 1;
                }
                if let Some(git) = value.get("git") {
                    assert_eq!(value["selector"]["matchLabels"]["format"], "pipelinec/1", "{}", object.place());
                    assert!(git["requeueAfterSeconds"].as_u64() <= Some(60), "{}", object.place());
                }
            });
            assert_eq!(elements, usize::from(object.name().ends_with("-apps")), "{}", object.place());
            assert!(!text(&spec["template"]["spec"]["project"]).contains("{{"), "a project is never templated");
            for patch in list(&spec["template"]["spec"]["sources"][0]["kustomize"]["patches"]) {
                assert_patch(patch, &object.place());
            }
        }
    }
}

/// Kustomize takes a merge patch only with all that names its target.
#[track_caller]
fn assert_patch(patch: &Value, place: &str) {
    let body = text(&patch["patch"]);
    if body.starts_with('[') {
        return;
    }
    let patched: Value = serde_yaml::from_str(body).expect("YAML");
    assert_eq!(patched["kind"], patch["target"]["kind"], "{place}");
    assert_eq!(patched["metadata"]["name"], patch["target"]["name"], "{place}");
    assert_eq!(patched["apiVersion"], "v1", "{place}");
}

#[test]
fn a_throwaway_secret_has_the_same_value_in_the_environment_and_in_a_task() {
    let mut seen = 0;
    for (_, tree) in trees() {
        let mut derived = BTreeSet::new();
        for object in tree.of_kind("ApplicationSet") {
            for patch in list(&object.value["spec"]["template"]["spec"]["sources"][0]["kustomize"]["patches"]) {
                if text(&patch["patch"]).starts_with('[') {
                    continue;
                }
                let body: Value = serde_yaml::from_str(text(&patch["patch"])).expect("YAML");
                for (key, value) in body["stringData"].as_object().into_iter().flatten() {
                    let path = text(value)
                        .strip_prefix("{{ printf \"%s/")
                        .and_then(|rest| rest.strip_suffix("\" .salt | sha256sum | trunc 32 }}"))
                        .unwrap_or_else(|| panic!("{value}"));
                    assert!(path.ends_with(&format!("/{key}")), "{path}");
                    derived.insert(path.to_owned());
                }
            }
        }
        for object in tree.of_kind("WorkflowTemplate") {
            for variable in object.templates().into_iter().filter_map(container).flat_map(|own| list(&own["env"])) {
                let Some(rest) = text(&variable["value"])
                    .strip_prefix("{{=sprig.trunc(32, sprig.sha256sum(inputs.parameters.salt + '/")
                else {
                    continue;
                };
                let path = rest.strip_suffix("'))}}").expect("the known form");
                assert!(derived.contains(path), "{path} is in no Secret");
                seen += 1;
            }
        }
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn a_rollout_is_seen_by_its_generation_as_text() {
    for (_, object, template) in templates().filter(|(_, _, template)| template["name"] == "wait") {
        let source = text(&template["script"]["source"]);
        assert!(
            source.contains(r#"(.status.observedGeneration // "" | tostring) == (.metadata.generation | tostring)"#),
            "{}: Rollouts write the observed generation as text",
            object.place()
        );
    }
}

#[test]
fn an_ephemeral_project_outlives_its_applications() {
    for (_, tree) in trees() {
        for environment in tree.resolved.environments.values() {
            let name = format!("{}-{}", tree.resolved.project.name.value, environment.name.value);
            let project = tree.object("AppProject", &name);
            let finalized = project["metadata"]["finalizers"][0] == "resources-finalizer.argocd.argoproj.io";
            assert_eq!(finalized, environment.is_ephemeral());
            let kept = text(&project["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]);
            assert_eq!(kept.contains("Prune=false"), !environment.is_ephemeral());
            assert_eq!(project["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"], "-10");
            let namespaces: Vec<_> = list(&project["spec"]["clusterResourceWhitelist"]).collect();
            for namespace in &namespaces {
                assert_eq!((text(&namespace["kind"]), text(&namespace["name"])), ("Namespace", "v2*-*"));
            }
            assert_eq!(namespaces.len(), usize::from(environment.is_ephemeral()));
            let expected = environment.namespace().unwrap_or("v2*-*");
            assert!(list(&project["spec"]["destinations"]).all(|to| to["namespace"] == expected));
        }
    }
}

#[test]
fn every_rollout_that_a_step_waits_for_exists() {
    let mut seen = 0;
    for (_, tree) in trees() {
        for object in tree.of_kind("WorkflowTemplate") {
            for step in object.templates().into_iter().flat_map(|template| list(&template["steps"]).flat_map(list)) {
                let Some(rollouts) = argument(step, "rollouts") else { continue };
                for rollout in rollouts.split(' ') {
                    tree.object("Rollout", rollout);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 4, "{seen}");
}

fn argument<'a>(step: &'a Value, name: &str) -> Option<&'a str> {
    list(&step["arguments"]["parameters"]).find(|argument| argument["name"] == name)?["value"].as_str()
}

#[test]
fn accounts_are_there_and_used() {
    for (program, tree) in trees() {
        let exist: BTreeSet<_> = tree.of_kind("ServiceAccount").map(Object::name).collect();
        let mut used = BTreeSet::new();
        for object in tree.objects.iter().filter(|object| object.kind() != "ServiceAccount") {
            walk(&object.value, &mut |value| {
                used.extend(value.get("serviceAccountName").and_then(Value::as_str));
            });
            for subject in list(&object.value["subjects"]) {
                assert!(exist.contains(text(&subject["name"])), "{}: {}", object.place(), subject["name"]);
            }
        }
        assert_eq!(exist, used, "{}", program.name);
    }
}

#[test]
fn every_secret_that_is_read_is_declared() {
    let mut references = 0;
    for (_, tree) in trees() {
        let mut declared: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for secret in tree.resolved.secrets.values() {
            let objects = secret.environments.values().map(|secret| &secret.object).chain([&secret.object]);
            for object in objects {
                declared.entry(object.clone()).or_default().extend(secret.keys.iter().map(String::as_str));
            }
        }
        for object in &tree.objects {
            let mut check = |name: &Value, key: &Value| {
                let keys = declared.get(text(name)).unwrap_or_else(|| panic!("{}: Secret {name}", object.place()));
                assert!(keys.contains(text(key)), "{}: {name} has no {key}", object.place());
                references += 1;
            };
            walk(&object.value, &mut |value| {
                for field in ["secretKeyRef", "webhookSecret"] {
                    if let Some(reference) = value.get(field) {
                        check(&reference["name"], &reference["key"]);
                    }
                }
                if let Some(volume) = value.get("secret").filter(|volume| volume.get("secretName").is_some()) {
                    list(&volume["items"]).for_each(|item| check(&volume["secretName"], &item["key"]));
                }
            });
        }
    }
    assert!(references > 40, "{references}");
}

#[test]
fn every_image_is_pinned() {
    for (object, template, container) in pod_templates() {
        let image = text(&container["image"]);
        let given = image.starts_with("{{inputs.parameters.") && image.ends_with("_reference}}");
        assert!(given || is_pinned(image), "{}, template {}: {image}", object.place(), template["name"]);
    }
    for (_, tree) in trees() {
        for object in
            tree.objects.iter().filter(|object| ["Deployment", "Rollout", "StatefulSet"].contains(&object.kind()))
        {
            let parts: Vec<_> = object.file.split('/').collect();
            let sources = &tree.files[&format!("apps/{}/{}/sources.json", parts[1], parts[2])];
            let sources: Value = serde_json::from_str(sources).expect("JSON");
            for container in list(&object.value["spec"]["template"]["spec"]["containers"]) {
                let placeholder = format!("{}=", text(&container["image"]));
                let filled =
                    list(&sources[0]["kustomize"]["images"]).find(|image| image["$join"][0] == placeholder.as_str());
                let filled = filled.unwrap_or_else(|| panic!("{}: nothing fills {placeholder}", object.place()));
                assert_eq!(filled["$join"][2], "@");
                assert!(text(&filled["$join"][3]["$run"]).ends_with(".digest"));
            }
        }
    }
}

fn is_pinned(image: &str) -> bool {
    let last = image.rsplit('/').next().unwrap_or_default();
    image.contains("@sha256:") || last.split_once(':').is_some_and(|(_, tag)| !tag.is_empty() && tag != "latest")
}

#[test]
fn targets_know_nothing_of_each_other() {
    for program in [homelab(), wide()] {
        for (target, tree) in &program.trees {
            for (other, its) in program.trees.iter().filter(|(other, _)| *other != target) {
                let gitops = &its.resolved.project.gitops;
                let folders = [gitops.tree_of(other), gitops.manifests(other)].map(|folder| format!("{folder}/"));
                let mut foreign = Vec::from(folders);
                foreign.push(format!("-{other}."));
                foreign.extend(its.resolved.project.hosts.iter().map(|host| host.webhook.value.clone()));
                foreign.push(format!("values.{other}.yaml"));
                for (file, content) in &tree.files {
                    for line in content.lines() {
                        let hit = foreign.iter().find(|name| line.contains(name.as_str()));
                        assert_eq!(hit, None, "{target}/{file}: {line}");
                    }
                }
            }
        }
    }
}

#[test]
fn order_and_cut_of_the_sources_change_nothing() {
    for program in ALL.iter() {
        let trees: BTreeMap<_, _> =
            program.trees.iter().map(|(target, tree)| (target.clone(), tree.files.clone())).collect();
        let again = |sources: Vec<(String, String)>| compile(&SourceMap::new(sources)).trees;
        assert_eq!(again(program.sources.clone()), trees, "twice");
        let renamed =
            program.sources.iter().rev().enumerate().map(|(n, (_, text))| (format!("{n}.pipe"), text.clone()));
        assert_eq!(again(renamed.collect()), trees, "in another order");
        let merged = program.sources.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
        assert_eq!(again(vec![("all.pipe".into(), merged.clone())]), trees, "in one file");
        // A declaration begins at the margin; its end, too.
        let mut segments = vec![String::new()];
        for line in merged.lines() {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                segments.push(String::new());
            }
            let last = segments.last_mut().expect("a piece");
            last.push_str(line);
            last.push('\n');
        }
        let segments = segments.into_iter().rev().enumerate().map(|(n, text)| (format!("{n:02}.pipe"), text));
        assert_eq!(again(segments.collect()), trees, "a declaration a file");
    }
}

#[test]
fn braces_of_a_spec_are_never_a_template() {
    let (_, tree) = wide().trees.iter().next().expect("a tree");
    let app = "an-app-with-a-name-of-forty-characters-x";
    let workflow = Object { file: String::new(), value: tree.object("WorkflowTemplate", app).clone() };
    let templates = workflow.templates();
    let task = templates.iter().find(|template| template["name"] == "test-check-in-live").expect("the task");
    let variable = |name: &str| {
        let found = list(&task["container"]["env"]).find(|variable| variable["name"] == name);
        text(&found.unwrap_or_else(|| panic!("no {name}"))["value"]).to_owned()
    };
    assert_eq!(variable("PIPELINEC_NOTHING"), "");
    let nothing = "$(PIPELINEC_NOTHING)";
    assert_eq!(variable("BRACES"), format!("{{{nothing}{{workflow.name}}}} {{{nothing}{{=1}}}}"));
    assert_eq!(
        variable("JOINED"),
        format!("{{{nothing}{{{{workflow.parameters.sha}}}}}}"),
        "a brace before a reference"
    );
    assert_eq!(variable("DOLLARS"), "$$(HOME) $$$ $$$$(x)");
    let analysis = tree.of_kind("AnalysisTemplate").next().expect("an analysis");
    let query = text(&analysis.value["spec"]["metrics"][0]["provider"]["prometheus"]["query"]);
    assert_eq!(query, r#"sum({x="{{args.brace}}{"}) / max(y{hash="{{args.brace}}{{args.canary-hash}}"})"#);
    let brace = list(&analysis.value["spec"]["args"]).find(|argument| argument["name"] == "brace");
    assert_eq!(brace.expect("the argument")["value"], "{");
}
