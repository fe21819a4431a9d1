//! The recipes of `grammar/guides/review-in-ci` do what the guide says: their scripts are taken out and run, against real
//! repositories with hostile names in them, with a `gh` and a `curl` that write down how they were called.

use crate::support::Folder;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use testkit::review::{BASE, edited};

const MARK: &str = "<!-- pipelinec diff -->";

/// A name of a branch that is code wherever it is pasted.
const BRANCH: &str = "x\"$(touch${IFS}pwned)`touch${IFS}pwned`';touch${IFS}pwned;#";

fn recipe(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar/guides/review-in-ci").join(name);
    fs::read_to_string(path).expect("the recipe is there")
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("a recipe is YAML")
}

/// What a program said, its exit code last.
struct Said {
    out: String,
    code: Option<i32>,
}

/// Runs a script as a step does.
fn run(folder: &Folder, at: &str, shell: &[&str], script: &str, variables: &[(&str, &str)]) -> Said {
    let binary = Path::new(env!("CARGO_BIN_EXE_pipelinec")).parent().expect("it is in a folder");
    let path =
        format!("{}:{}:{}", folder.path("bin").display(), binary.display(), std::env::var("PATH").expect("a path"));
    let here = format!("url.file://{}/.insteadOf", folder.path("remote").display());
    fs::write(folder.path("script"), script).expect("written");
    let output = Command::new(shell[0])
        .args(&shell[1..])
        .arg(folder.path("script"))
        .current_dir(folder.path(at))
        .env_clear()
        .envs([("PATH", path.as_str()), ("HOME", "/nowhere"), ("LOG", folder.path("log").to_str().expect("a path"))])
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null"), ("GIT_CONFIG_COUNT", "1")])
        .envs([("GIT_CONFIG_KEY_0", here.as_str()), ("GIT_CONFIG_VALUE_0", "https://github.com/")])
        .envs([("GIT_AUTHOR_NAME", "t"), ("GIT_AUTHOR_EMAIL", "t@t"), ("GIT_COMMITTER_NAME", "t")])
        .env("GIT_COMMITTER_EMAIL", "t@t")
        .envs(variables.iter().copied())
        .output()
        .expect("there is a shell");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    Said { out: text.concat(), code: output.status.code() }
}

fn program(folder: &Folder, name: &str, text: &str) {
    fs::create_dir_all(folder.path("bin")).expect("a folder");
    crate::support::program(&folder.path(&format!("bin/{name}")), text);
}

/// A remote whose change 12 has a branch and a message of somebody's, merged into main as GitHub does it.
fn remote(spec: &str, current: bool) -> Folder {
    remote_with(spec, current, ":")
}

/// The same with more in the change, that a script plants.
fn remote_with(spec: &str, current: bool, plant: &str) -> Folder {
    let folder = Folder::new();
    folder.put("work/deploy/shop.pipe", BASE);
    folder.put("change.pipe", spec);
    let build = if current { "pipelinec build deploy -o deploy/generated -q || :" } else { ":" };
    let script = format!(
        "set -eu\ngit init -q --bare -b main ../remote/acme/gitops.git\ngit init -q -b main .\n\
        pipelinec build deploy -o deploy/generated -q\ngit add -A; git commit -qm first\ngit checkout -q -b \"$BRANCH\"\n\
        cp ../change.pipe deploy/shop.pipe; {build}\n{plant}\ngit add -A -f; git commit -q -m \"$MESSAGE\"\ngit checkout -q main\n\
        git merge -q --no-ff -m merge \"$BRANCH\"\ngit push -q https://github.com/acme/gitops.git HEAD~1:refs/heads/main\n\
        git push -q https://github.com/acme/gitops.git HEAD:refs/pull/12/merge"
    );
    let message = "\"; touch pwned #\n$(touch pwned) {{workflow.name}} ::set-output name=x::y";
    let said = run(&folder, "work", &["sh"], &script, &[("BRANCH", BRANCH), ("MESSAGE", message)]);
    assert_eq!(said.code, Some(0), "{}", said.out);
    folder
}

#[track_caller]
fn unharmed(folder: &Folder) {
    for place in ["", "work/", "change/", "review/change/", "temp/"] {
        assert!(!folder.path(&format!("{place}pwned")).exists(), "{place} is harmed");
    }
}

#[test]
fn the_workflow_of_github_may_little_and_pastes_nothing() {
    let workflow = yaml(&recipe("github.yml"));
    assert_eq!(workflow["permissions"], json!({}));
    assert_eq!(workflow["on"], "pull_request");
    assert_eq!(workflow["jobs"]["review"]["permissions"], json!({ "contents": "read" }));
    assert_eq!(workflow["jobs"]["comment"]["permissions"], json!({ "pull-requests": "write" }));
    let mut scripts = 0;
    for (name, job) in workflow["jobs"].as_object().expect("jobs") {
        for step in job["steps"].as_array().expect("steps") {
            if let Some(action) = step["uses"].as_str() {
                let (_, commit) = action.split_once('@').expect("a version");
                assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{action}");
                // The job that may write reads nothing of the change.
                assert_eq!(name, "review", "{action}");
            }
            if let Some(script) = step["run"].as_str() {
                assert!(!script.contains("${{"), "{script}");
                let said = run(&Folder::new(), "", &["sh", "-n"], script, &[]);
                assert!(said.code == Some(0) && said.out.is_empty(), "{}", said.out);
                scripts += 1;
            }
        }
    }
    assert_eq!(scripts, 6);
    // cargo and rustup take settings from the files around them, so what they do comes before the change is there.
    let steps = workflow["jobs"]["review"]["steps"].as_array().expect("steps");
    let checkout = steps.iter().position(|step| step["uses"].as_str().is_some_and(|it| it.contains("/checkout@")));
    let checkout = checkout.expect("a checkout");
    let installs = |step: &Value| step["run"].as_str().is_some_and(|script| script.contains("cargo "));
    assert!(steps[..checkout].iter().any(installs) && !steps[checkout..].iter().any(installs));
    assert!(steps.iter().filter(|step| installs(step)).all(|step| step["working-directory"] == "${{ runner.temp }}"));
    // No step that reads the change has a token.
    for step in &steps[checkout..] {
        assert!(!step.to_string().contains("token") && !step.to_string().contains("secrets"), "{step}");
    }
    let checkout = &steps[checkout]["with"];
    assert_eq!((&checkout["fetch-depth"], &checkout["persist-credentials"]), (&json!(2), &json!(false)));
    let writes = workflow["jobs"]["comment"]["if"].as_str().expect("a condition");
    assert!(writes.contains("head.repo.full_name == github.repository"), "{writes}");
}

/// The script of a step.
fn step(workflow: &Value, job: &str, name: &str) -> String {
    let steps = workflow["jobs"][job]["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["name"] == name).expect("a step of that name");
    step["run"].as_str().expect("a script").to_owned()
}

#[test]
fn the_workflow_of_github_reviews_a_change_in_one_comment() {
    let workflow = yaml(&recipe("github.yml"));
    // As GitHub runs a step.
    let bash = ["bash", "-e"];
    for (edits, current, codes, said) in [
        (&[("replicas = 4", "replicas = 5")][..], true, [0, 0, 0], "pods 4 → 5"),
        (&[("50%, 5m]", "50%, 1m]")], true, [0, 0, 0], "**caution** R11"),
        (&[("https://hooks.acme.io", "https://x.acme.io")], false, [0, 1, 0], "**caution** R07"),
        (
            &[(", analyse = errors", ""), ("analysis errors {", "analysis errors { allow = [W0203], ")],
            true,
            [0, 0, 1],
            "**danger** R10",
        ),
        (&[("delivers = shop", "delivers = shap")], false, [1, 1, 1], "This change cannot be compared"),
    ] {
        let folder = remote(&edited(edits), current);
        fs::create_dir(folder.path("temp")).expect("made");
        let clone = "git init -q change && cd change && git fetch -q --depth=2 https://github.com/acme/gitops.git refs/pull/12/merge && git checkout -q FETCH_HEAD";
        assert_eq!(run(&folder, "", &["sh"], clone, &[]).code, Some(0));
        let files = ["temp", "summary", "output"].map(|file| folder.path(file).display().to_string());
        let variables = [
            ("SPECS", "deploy"),
            ("TREES", "deploy/generated"),
            ("FAIL_ON", workflow["env"]["FAIL_ON"].as_str().expect("a level")),
            ("RUNNER_TEMP", &files[0]),
            ("GITHUB_STEP_SUMMARY", &files[1]),
            ("GITHUB_OUTPUT", &files[2]),
        ];
        for (name, code) in ["check", "trees", "diff"].iter().zip(codes) {
            let said = run(&folder, "change", &bash, &step(&workflow, "review", name), &variables);
            assert_eq!(said.code, Some(code), "{name} of {edits:?}: {}", said.out);
            assert!(
                *name != "check" || code == 0 || said.out.starts_with("::error file=deploy/shop.pipe"),
                "{}",
                said.out
            );
        }
        // The output is what stands between its two ends, and the summary the same.
        let output = folder.text("output");
        let (head, rest) = output.split_once('\n').expect("a line");
        let end = head.strip_prefix("comment<<").expect("the output is called comment");
        assert!(end.len() == 32 && rest.lines().last() == Some(end), "{output}");
        let comment = rest.strip_suffix(&format!("{end}\n")).expect("an end").to_owned();
        assert_eq!(comment, folder.text("summary"));
        assert!(comment.starts_with(MARK) && comment.contains(said), "{said}: {comment}");

        // `gh` answers with comments of others, and of us; it filters with jq as the real one does.
        program(
            &folder,
            "gh",
            "#!/bin/sh\nfor one; do printf '%s\\n' \"$one\" >> \"$LOG\"; done\nfilter=''\nfor one; do [ \"$last\" != --jq ] || filter=$one; last=$one; done\n[ -z \"$filter\" ] || jq -r \"$filter\" \"$LOG.comments\"\n",
        );
        let other = |id: u32, login: &str, body: &str| json!({ "id": id, "user": { "login": login }, "body": body });
        let fake = other(1, "mallory", &format!("{MARK}\nnot yours"));
        let unmarked = other(2, "github-actions[bot]", &format!("of another workflow {MARK}"));
        let own = other(3, "github-actions[bot]", &format!("{MARK}\nold"));
        let body = format!("body=@{}/comment.md", files[0]);
        for (comments, expected) in [
            (json!([fake, unmarked]), ["POST", "repos/acme/gitops/issues/12/comments", "-F", &body]),
            (json!([fake, unmarked, own]), ["PATCH", "repos/acme/gitops/issues/comments/3", "-F", &body]),
        ] {
            folder.put("log", "");
            folder.put("log.comments", comments.to_string());
            let variables = [
                ("GH_TOKEN", "t0ken"),
                ("REPOSITORY", "acme/gitops"),
                ("NUMBER", "12"),
                ("COMMENT", comment.trim_end()),
                ("RUNNER_TEMP", &files[0]),
            ];
            let said = run(&folder, "change", &bash, &step(&workflow, "comment", "comment"), &variables);
            assert_eq!(said.code, Some(0), "{}", said.out);
            let log = folder.text("log");
            assert!(log.ends_with(&format!("{}\n", expected.join("\n"))) && !log.contains("t0ken"), "{log}");
            assert_eq!(folder.text("temp/comment.md"), comment);
        }
        unharmed(&folder);
    }
}

#[test]
fn the_template_of_argo_may_little_and_pastes_nothing() {
    let text = recipe("argo.yaml");
    let documents: Vec<Value> = text.split("\n---\n").map(yaml).collect();
    let kinds: Vec<_> = documents.iter().map(|document| document["kind"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["WorkflowTemplate", "ServiceAccount", "Secret", "Role", "RoleBinding"]);
    let template = &documents[0]["spec"]["templates"][0];
    assert_eq!(template["securityContext"]["runAsNonRoot"], true);
    assert_eq!(documents[0]["spec"]["automountServiceAccountToken"], false);
    let containers = containers(template);
    // Which of them has the token, and which folders; one waits for the other.
    let shape: Vec<_> = containers.iter().map(|one| (one.name.as_str(), one.token, one.folders.as_str())).collect();
    let expected = [("fetch", true, "change"), ("main", false, "change said"), ("comment", true, "said(ro) tmp")];
    assert_eq!(shape, expected);
    for (number, one) in containers.iter().enumerate() {
        let before: Vec<_> = number.checked_sub(1).map(|number| &containers[number].name).into_iter().collect();
        assert_eq!(one.value["dependencies"].as_array().map_or(0, Vec::len), before.len());
        assert!(before.iter().all(|name| one.value["dependencies"] == json!([name])), "{}", one.name);
        let context = &one.value["securityContext"];
        assert_eq!(
            (&context["allowPrivilegeEscalation"], &context["readOnlyRootFilesystem"], &context["capabilities"]),
            (&json!(false), &json!(true), &json!({ "drop": ["ALL"] })),
        );
        assert!(!one.script.contains("{{"), "{}", one.script);
        // Each variable that the script reads and does not make is given, and no other.
        for name in ["REPOSITORY", "NUMBER", "AUTHOR", "SPECS", "TREES", "FAIL_ON", "TOKEN", "CHANGE", "SAID", "TMPDIR"]
        {
            let is_read = one.script.contains(&format!("${name}")) || one.script.contains(&format!("=${name}"));
            assert_eq!(one.variables.contains(&name.to_owned()), is_read, "{name} of {}", one.name);
        }
        let said = run(&Folder::new(), "", &["sh", "-n"], &one.script, &[]);
        assert!(said.code == Some(0) && said.out.is_empty(), "{}", said.out);
        if Command::new("shellcheck").arg("--version").output().is_ok() {
            let said = run(&Folder::new(), "", &["shellcheck", "--shell=sh", "--exclude=SC2016"], &one.script, &[]);
            assert_eq!(said.code, Some(0), "{}", said.out);
        }
    }
    assert_eq!(
        documents[3]["rules"],
        json!([{ "apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"] }])
    );
    assert!(recipe("Dockerfile").contains("\nUSER 65532:65532\n"));
}

/// A container of the template.
struct Container {
    name: String,
    script: String,
    variables: Vec<String>,
    token: bool,
    /// The volumes that it sees.
    folders: String,
    value: Value,
}

fn containers(template: &Value) -> Vec<Container> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let container = |value: &Value| {
        let variables = list(&value["env"]);
        let token = json!({ "secretKeyRef": { "name": "github-review", "key": "token" } });
        let folder = |mount: &Value| name(mount) + if mount["readOnly"] == true { "(ro)" } else { "" };
        Container {
            name: name(value),
            script: value["command"][2].as_str().expect("a script").to_owned(),
            variables: variables.iter().map(name).collect(),
            token: variables.iter().any(|variable| variable["name"] == "TOKEN" && variable["valueFrom"] == token),
            folders: list(&value["volumeMounts"]).iter().map(folder).collect::<Vec<_>>().join(" "),
            value: value.clone(),
        }
    };
    list(&template["containerSet"]["containers"]).iter().map(container).collect()
}

/// The containers of the recipe for Argo.
fn of_argo() -> Vec<Container> {
    let documents = recipe("argo.yaml");
    let template = yaml(documents.split("\n---\n").next().expect("a template"));
    containers(&template["spec"]["templates"][0])
}

/// Runs the containers as the executor does: each with its own variables, and the next only when one ends well.
fn review(folder: &Folder, containers: &[Container], shell: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut out = String::new();
    for container in containers {
        let own = |(name, _): &&(&str, &str)| container.variables.iter().any(|known| known == name);
        let own: Vec<_> = variables.iter().filter(own).copied().collect();
        let said = run(folder, "", shell, &container.script, &own);
        out.push_str(&said.out);
        if said.code != Some(0) {
            return Said { out, code: said.code };
        }
    }
    Said { out, code: Some(0) }
}

/// A `curl` that answers as GitHub does: the comments by page, and nothing else without the token on standard input.
const CURL: &str = r#"#!/bin/sh
for one; do printf '%s\n' "$one" >> "$LOG"; done
[ "$(cat)" = 'header = "Authorization: Bearer t0ken"' ] || exit 22
for one; do
  case $one in
    *'&page='*) cat "$LOG.page${one##*=}" ;;
    @*) cp "${one#@}" "$LOG.body" ;;
  esac
done
"#;

#[test]
fn the_template_of_argo_reviews_a_change_in_one_comment() {
    let containers = of_argo();
    let shells: &[&[&str]] = &[&["sh"], &["busybox", "sh"]];
    let there = |shell: &&&[&str]| Command::new(shell[0]).arg("true").output().is_ok();
    for (edits, current, code, said) in [
        (&[("replicas = 4", "replicas = 5")][..], true, 0, "pods 4 → 5"),
        (&[("https://hooks.acme.io", "https://x.acme.io")], false, 1, "**caution** R07"),
        (&[("delivers = shop", "delivers = shap")], false, 1, "This change cannot be compared"),
    ] {
        let folder = remote(&edited(edits), current);
        program(&folder, "curl", CURL);
        let comment =
            |id: usize, login: &str, body: &str| json!({ "id": id, "user": { "login": login }, "body": body });
        let others: Vec<_> = (0..100).map(|id| comment(id, "mallory", &format!("{MARK}\n{id}"))).collect();
        folder.put("log.page1", Value::from(others).to_string());
        for (at, shell) in shells.iter().filter(there).enumerate() {
            for (second, last) in [
                (
                    json!([comment(200, "acme-bot", "hello")]),
                    "https://api.github.com/repos/acme/gitops/issues/12/comments",
                ),
                (
                    json!([comment(201, "acme-bot", MARK)]),
                    "https://api.github.com/repos/acme/gitops/issues/comments/201",
                ),
            ] {
                folder.put("log", "");
                folder.put("log.page2", second.to_string());
                let places = places(&folder, &format!("review{at}{}", last.len()));
                let ran = review(&folder, &containers, shell, &variables(&places));
                assert_eq!(ran.code, Some(code), "{edits:?}: {}", ran.out);
                let log = folder.text("log");
                assert_eq!(log.lines().last(), Some(last), "{log}");
                assert!(log.contains(if last.ends_with("201") { "\nPATCH\n" } else { "\nPOST\n" }), "{log}");
                let body: Value = serde_json::from_str(&folder.text("log.body")).expect("JSON");
                let body = body["body"].as_str().expect("a text");
                assert!(body.starts_with(MARK) && body.contains(said), "{said}: {body}");
                // The token is in no argument, no file and no output.
                assert!(!log.contains("t0ken") && !ran.out.contains("t0ken"), "{log}{}", ran.out);
                let grep = run(&folder, "", &["sh"], "grep -rl t0ken \"$CHANGE/..\"", &[("CHANGE", &places[0])]);
                assert_eq!(grep.code, Some(1), "{}", grep.out);
            }
        }
        unharmed(&folder);
    }
}

/// The volumes: the change, what is said of it, and room for what is sent.
fn places(folder: &Folder, name: &str) -> [String; 3] {
    ["change", "said", "tmp"].map(|volume| {
        let path = folder.path(&format!("{name}/{volume}"));
        fs::create_dir_all(&path).expect("a volume");
        path.display().to_string()
    })
}

fn variables(places: &[String; 3]) -> Vec<(&str, &str)> {
    vec![
        ("CHANGE", &places[0]),
        ("SAID", &places[1]),
        ("TMPDIR", &places[2]),
        ("REPOSITORY", "acme/gitops"),
        ("NUMBER", "12"),
        ("AUTHOR", "acme-bot"),
        ("SPECS", "deploy"),
        ("TREES", "deploy/generated"),
        ("FAIL_ON", "danger"),
        ("TOKEN", "t0ken"),
    ]
}

#[test]
fn the_template_of_argo_refuses_what_has_another_form_and_gives_git_the_token_for_github_alone() {
    let containers = of_argo();
    let folder = remote(&edited(&[("replicas = 4", "replicas = 5")]), true);
    program(&folder, "curl", CURL);
    let places = places(&folder, "review");
    for (name, value, reason) in [
        ("NUMBER", "", "number is not"),
        ("NUMBER", "12; touch pwned", "number is not"),
        ("NUMBER", "$(touch pwned)", "number is not"),
        ("NUMBER", "13", "there is no such change"),
        ("REPOSITORY", "gitops", "repository is not"),
        ("REPOSITORY", "acme/gitops/../x", "repository is not"),
        ("REPOSITORY", "../x", "repository is not"),
        ("REPOSITORY", "acme@evil.io/x", "repository is not"),
        ("REPOSITORY", "acme/$(touch pwned)", "repository is not"),
    ] {
        folder.put("log", "");
        let mut variables = variables(&places);
        variables.retain(|(known, _)| *known != name);
        variables.push((name, value));
        let ran = review(&folder, &containers, &["sh"], &variables);
        assert!(ran.code == Some(1) && ran.out.contains(reason), "{name}={value}: {}", ran.out);
        assert_eq!(folder.text("log"), "");
        unharmed(&folder);
    }
    let fetch = &containers[0].script;
    let helper = fetch.lines().find(|line| line.starts_with("helper=")).expect("a helper");
    for (host, expected) in [("github.com", true), ("evil.io", false)] {
        let ask = format!(
            "{helper}\nprintf 'protocol=https\\nhost={host}\\n\\n' | GIT_TERMINAL_PROMPT=0 git -c \"credential.https://github.com.helper=$helper\" credential fill"
        );
        let ran = run(&folder, "", &["sh"], &ask, &[("TOKEN", "t0ken")]);
        assert_eq!(ran.out.contains("password=t0ken"), expected, "{host}: {}", ran.out);
    }
}

/// Where the trees lie, a repository whose commits are fetched by a command; and files that other programs take settings from.
const PLANTED: &str = r#"
cd deploy/generated; mkdir -p refs/heads objects/info; : > objects/info/keep
echo 'ref: refs/heads/main' > HEAD; echo 1111111111111111111111111111111111111111 > refs/heads/main
printf '%s\n' '[core]' 'repositoryformatversion = 1' 'bare = true' '[extensions]' 'partialClone = origin' \
  '[remote "origin"]' 'url = .' 'promisor = true' 'uploadpack = "touch $OLDPWD/pwned pwned; env > pwned; false"' > config
cd ../..; mkdir .cargo
printf '%s\n' '[build]' 'rustc-wrapper = "touch pwned"' > .cargo/config.toml; echo 'data = "@pwned"' > .curlrc
printf '#!/bin/sh\ntouch pwned\n' > git; chmod +x git; cp git jq; cp git pipelinec; cp git curl
echo '* diff=x filter=x' > .gitattributes; echo '.' > .jq
"#;

#[test]
fn a_change_with_settings_of_programs_is_reviewed_as_any_other_is() {
    let edits = &[(", analyse = errors", ""), ("analysis errors {", "analysis errors { allow = [W0203], ")];
    let folder = remote_with(&edited(edits), true, PLANTED);
    program(&folder, "curl", CURL);
    folder.put("log.page1", "[]");
    let places = places(&folder, "review");
    let ran = review(&folder, &of_argo(), &["sh"], &variables(&places));
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    let body: Value = serde_json::from_str(&folder.text("log.body")).expect("JSON");
    assert!(body["body"].as_str().expect("a text").contains("**danger** R10"), "{body}");
    assert!(!ran.out.contains("t0ken") && !ran.out.contains("dubious"), "{}", ran.out);

    let workflow = yaml(&recipe("github.yml"));
    fs::create_dir(folder.path("temp")).expect("made");
    let clone = "git init -q change && cd change && git fetch -q --depth=2 https://github.com/acme/gitops.git refs/pull/12/merge && git checkout -q FETCH_HEAD";
    assert_eq!(run(&folder, "", &["sh"], clone, &[]).code, Some(0));
    let files = ["temp", "summary", "output"].map(|file| folder.path(file).display().to_string());
    let variables = [
        ("SPECS", "deploy"),
        ("TREES", "deploy/generated"),
        ("FAIL_ON", "danger"),
        ("RUNNER_TEMP", &files[0]),
        ("GITHUB_STEP_SUMMARY", &files[1]),
        ("GITHUB_OUTPUT", &files[2]),
    ];
    let said = run(&folder, "change", &["bash", "-e"], &step(&workflow, "review", "diff"), &variables);
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(folder.text("summary").contains("**danger** R10"), "{}", folder.text("summary"));
    let left = walkdir::WalkDir::new(folder.path("")).into_iter().flatten();
    assert_eq!(left.filter(|entry| entry.file_name() == "pwned").count(), 0);
}
