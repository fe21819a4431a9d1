//! The tokens: who gets which, and where they are never seen.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use pipelinec::providers::builder::BUILD_WITH_BUILDKIT;
use pipelinec::steps::Contract;
use pipelinec::steps::check::CHECK;
use pipelinec::steps::janitor::JANITOR;
use serde_json::json;

use super::support::{Run, STAGED, TOKEN, VERSION, WRITING, World, digest};

/// Every action, and every other script that has the token.
fn runs(world: &World) -> Vec<Run<'_>> {
    let mut runs: Vec<_> =
        ["open", "enter", "promote", "settle", "roll-back", "close"].map(|action| world.act(action)).into();
    let with = |script: &'static Contract| {
        let run = world.run(script).set("REVISION", &world.head("ping")).set("SOURCE_URL", &world.url("ping"));
        let run =
            run.set("BRANCH", "main").set("PIPELINE", "ping").set("PIPELINE_DIGEST", "a").set("SHARED_DIGEST", "a");
        let run = run.set("STEPS_DIGEST", "a").set("TREE_PATH", "generated/homelab");
        let run = run.set("CONTEXT", "https://github.com/o/r.git").set("DESTINATION", "r.io/x").set("TAG", "v1");
        run.set("PIPELINE_NAMESPACE", "pipeline").set("EPHEMERAL", "staging").set("PERMANENT", "production")
    };
    runs.extend([&CHECK, &BUILD_WITH_BUILDKIT, &JANITOR].map(with));
    runs
}

/// Whatever a step starts, it starts without a token among the arguments, and nothing that it writes has one. Only git is
/// given one, and never both.
#[test]
fn they_are_in_no_argument_address_or_file() {
    let world = World::new();
    world.write("metadata.json", &json!({"containerimage.digest": digest(1)}).to_string());
    world.answers("workflows", &[r#"{"items": []}"#]);
    for name in ["git", "jq", "mktemp", "sed", "grep", "tr", "od", "cut", "cat", "basename", "wc", "tail"] {
        let program = find(name);
        let text = include_str!("fake/record.sh").replace("@NAME@", program.to_str().expect("a path"));
        world.tool(name, &text);
    }
    for run in runs(&world) {
        run.succeeds();
    }
    let record = world.read("record.log") + &world.asked() + &world.read("buildctl.log");
    for program in ["git --", "jq ", "get| "] {
        assert!(record.contains(program), "{program} is not in the record");
    }
    assert!(!record.contains(TOKEN) && !record.contains(WRITING));
    assert_eq!(world.read("leaks.log"), "", "these files have a token in them");
    let given = world.read("given.log");
    for line in given.lines() {
        let (program, tokens) = line.split_once(':').expect("a name");
        let may = match program.rsplit('/').next() {
            Some("git") => ["", " reads", " writes"].as_slice(),
            // It makes the folder of the script, before that has read its inputs.
            Some("mktemp") => &["", " reads", " writes", " reads writes"],
            _ => &[""],
        };
        assert!(may.contains(&tokens), "{line}");
    }
    assert!(given.contains("/git: reads\n") && given.contains("/git: writes\n"), "{given}");
    // What stays is the same: repositories, outputs, home.
    for entry in walkdir::WalkDir::new(world.path("")).into_iter().map(|entry| entry.expect("listed")) {
        let name = entry.path().strip_prefix(world.path("")).expect("inside");
        // The recorder of the build has looked for it in the environment, where BuildKit takes it from.
        if entry.file_type().is_file() && name != Path::new("token.log") {
            let bytes = fs::read(entry.path()).expect("a file");
            for token in [TOKEN, WRITING] {
                let has = bytes.windows(token.len()).any(|window| window == token.as_bytes());
                assert!(!has, "{}", name.display());
            }
        }
    }
    let history = world.git("repos/gitops.git", &["log", "-p", "main"]);
    assert!(!history.contains(TOKEN) && !history.contains(WRITING));
}

fn find(name: &str) -> PathBuf {
    let path = std::env::var("PATH").expect("PATH");
    let found = path.split(':').map(|folder| PathBuf::from(folder).join(name)).find(|program| program.exists());
    found.unwrap_or_else(|| panic!("there is no {name}"))
}

/// A git host that wants a user and the token of each repository, and keeps what it was told: git's own `http-backend` behind
/// a few lines. `moved.git` leads to `ping.git`.
struct Host {
    port: u16,
    told: Arc<Mutex<Vec<String>>>,
}

impl Host {
    /// Serves the repositories of a world; or leads everybody to another address.
    fn serve(world: &World, backend: &Path, elsewhere: Option<String>) -> Self {
        Self::serve_for(world, backend, elsewhere, TOKEN)
    }

    /// The same with another token that reads.
    fn serve_for(world: &World, backend: &Path, elsewhere: Option<String>, reading: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let told = Arc::new(Mutex::new(Vec::new()));
        let (kept, repositories, backend) = (Arc::clone(&told), world.path("repos"), backend.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that went away is none of the host's business.
                let _ = answer(stream, &repositories, &backend, elsewhere.as_deref(), reading, &kept);
            }
        });
        Self { port, told }
    }

    fn url(&self, repository: &str) -> String {
        format!("http://127.0.0.1:{}/{repository}.git", self.port)
    }

    /// The request lines and what came with them as credentials.
    fn told(&self) -> Vec<String> {
        self.told.lock().expect("no panic").clone()
    }
}

fn answer(
    mut stream: TcpStream,
    repositories: &Path,
    backend: &Path,
    elsewhere: Option<&str>,
    reading: &str,
    told: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut words = request.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value);
    told.lock().expect("no panic").push(format!("{method} {target} {}", header("authorization")));
    if let Some(address) = elsewhere {
        return write!(
            stream,
            "HTTP/1.1 302 X\r\nLocation: {address}{target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    if let Some(rest) = target.strip_prefix("/moved.git/") {
        return write!(
            stream,
            "HTTP/1.1 302 X\r\nLocation: http://{}/ping.git/{rest}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            header("host")
        );
    }
    // Before the credentials are right, nobody needs the body.
    let token = if path.starts_with("/gitops.git/") { WRITING } else { reading };
    if header("authorization") != format!("Basic {}", password(token)) {
        return write!(
            stream,
            "HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"git\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let mut child = Command::new(backend)
        .env("GIT_PROJECT_ROOT", repositories)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "x-access-token")
        .env("REQUEST_METHOD", &method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(&body));
    let output = child.wait_with_output()?;
    let _ = writer.join();
    let end = output.stdout.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(0);
    let head = String::from_utf8_lossy(&output.stdout[..end]).into_owned();
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    let rest = &output.stdout[end + 4..];
    write!(stream, "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", rest.len())?;
    stream.write_all(rest)
}

/// User and token, as a request carries them.
fn password(token: &str) -> String {
    base64(format!("x-access-token:{token}").as_bytes())
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = group.iter().chain([&0, &0]).take(3).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let letter = |at: u32| char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]);
        (0..4).map(|at| if at as usize <= group.len() { letter(at) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

/// Git's server program, which some distributions leave out.
fn backend() -> Option<PathBuf> {
    let output = Command::new("git").arg("--exec-path").output().expect("git runs");
    let program = Path::new(String::from_utf8_lossy(&output.stdout).trim()).join("git-http-backend");
    program.exists().then_some(program)
}

/// Whether somebody was told a token, whichever.
fn told_any(told: &[String]) -> bool {
    told.iter().any(|request| request.contains("Basic "))
}

/// The GitOps repository and the sources are on one host, and each has a token of its own.
#[test]
fn each_token_reaches_its_own_repository_and_no_other() {
    let Some(backend) = backend() else {
        println!("skipped: git has no http-backend here");
        return;
    };
    let world = World::new();
    let host = Host::serve(&world, &backend, None);
    let act = |action| world.act(action).set("GITOPS_URL", &host.url("gitops")).set("SOURCE_URL", &host.url("ping"));
    // A neighbour that was never delivered is taken at the head of its branch, on the same host.
    let mut tree = world.tree("digest-1");
    tree["apps"]["db"]["repository"] = json!(host.url("db"));
    tree["apps"]["db"].as_object_mut().expect("an app").remove("images");
    world.describe(&tree);
    // Production runs another commit, so the sources are asked which one is newer.
    for action in ["open", "enter", "promote", "settle", "close"] {
        act(action).succeeds();
    }
    let second = world.commit("ping", "second", &[("a", "2")]);
    act("enter").set("REVISION", &second).set("VERSION", "v20251124170000-bbbbbb").succeeds();
    let check = world.run(&CHECK).set("REVISION", &second).set("SOURCE_URL", &host.url("ping"));
    let check =
        check.set("BRANCH", "main").set("PIPELINE", "ping").set("PIPELINE_DIGEST", "a").set("SHARED_DIGEST", "a");
    check.set("STEPS_DIGEST", "a").set("TREE_PATH", "generated/homelab").succeeds();
    let told = host.told();
    for (token, reaches) in [(WRITING, &["/gitops.git/"][..]), (TOKEN, &["/ping.git/", "/db.git/"])] {
        let with: Vec<_> = told.iter().filter(|request| request.contains(&password(token))).collect();
        for repository in reaches {
            assert!(with.iter().any(|request| request.contains(repository)), "{repository} is not asked: {told:#?}");
        }
        assert!(with.iter().all(|request| reaches.iter().any(|name| request.contains(name))), "{with:#?}");
    }
    assert!(told.iter().any(|request| request.contains("POST /gitops.git/git-receive-pack Basic ")));
    assert!(told.iter().all(|request| !request.contains(TOKEN) && !request.contains(WRITING)), "one is in an address");
    // Neither stands in for the other.
    let version = "v20251124180000-cccccc";
    act("open").set("VERSION", version).set("GITOPS_TOKEN", TOKEN).fails(&["gave up", "GITOPS_TOKEN may write"]);
    act("enter").set("REVISION", &second).set("VERSION", version).set("GIT_TOKEN", WRITING).fails(&["cannot read"]);
}

#[test]
fn only_the_intended_host_gets_the_token() {
    let Some(backend) = backend() else {
        println!("skipped: git has no http-backend here");
        return;
    };
    let world = World::new();
    let host = Host::serve(&world, &backend, None);
    let act = |action| world.act(action).set("GITOPS_URL", &host.url("gitops")).set("SOURCE_URL", &host.url("ping"));
    for action in ["open", "enter", "promote", "settle", "close"] {
        act(action).succeeds();
    }
    assert_eq!(world.entry("ping")["change"], VERSION);
    assert!(!world.has(STAGED));
    // Nobody may be asked for a password at a terminal, and a token that is wrong is told as such.
    act("open").set("GITOPS_TOKEN", "").fails(&["gave up"]);

    // A host that leads elsewhere: who is there is told nothing, also where the address has the user already.
    let other = Host::serve(&world, &backend, None);
    for user in ["", "x-access-token@"] {
        let leads = Host::serve(&world, &backend, Some(format!("http://{user}localhost:{}", other.port)));
        world.act("close").set("GITOPS_URL", &leads.url("gitops")).fails(&["gave up"]);
    }
    assert!(!other.told().is_empty() && !told_any(&other.told()), "{:?}", other.told());

    // Nor is another repository of the same host to which one leads.
    let before = host.told().len();
    world.act("close").set("GITOPS_URL", &host.url("moved")).fails(&["gave up"]);
    let told = host.told().split_off(before);
    assert!(told.iter().any(|request| request.contains("/ping.git/")) && !told_any(&told), "{told:#?}");

    // Nor is a host that only a file of the repository names.
    let mut tree = world.tree("digest-2");
    tree["apps"]["db"]["repository"] = json!(other.url("db").replace("127.0.0.1", "localhost"));
    world.describe(&tree);
    let run = act("open")
        .set("PIPELINE_DIGEST", "digest-2")
        .set("VERSION", "v20251124170000-bbbbbb")
        .set("MEMBERS", "ping db");
    world.commit("gitops", "no database", &[("apps/homelab/production/production.json", "")]);
    run.fails(&["localhost"]);
    assert!(!told_any(&other.told()), "{:?}", other.told());
}

/// Repositories on two hosts: each host is told its own token, whichever is delivered, and nothing of the other's.
#[test]
fn of_several_hosts_each_gets_its_own_token() {
    const OTHER: &str = "ghp-of-the-other-host";
    let Some(backend) = backend() else {
        println!("skipped: git has no http-backend here");
        return;
    };
    let world = World::new();
    let one = Host::serve(&world, &backend, None);
    let other = Host::serve_for(&world, &backend, None, OTHER);
    let tokens = world.path("tokens");
    fs::create_dir_all(&tokens).expect("a folder");
    fs::write(tokens.join(format!("127.0.0.1:{}", one.port)), TOKEN).expect("a token");
    fs::write(tokens.join(format!("127.0.0.1:{}", other.port)), OTHER).expect("a token");
    let folder = tokens.to_str().expect("a path");
    let act = |action| {
        let run = world.act(action).set("GITOPS_URL", &one.url("gitops")).set("SOURCE_URL", &other.url("ping"));
        run.set("GIT_TOKEN", "").set("GIT_TOKENS", folder)
    };
    // The delivered app is on one host, its neighbour on the other.
    let mut tree = world.tree("digest-1");
    tree["apps"]["db"]["repository"] = json!(one.url("db"));
    tree["apps"]["db"].as_object_mut().expect("an app").remove("images");
    world.describe(&tree);
    for action in ["open", "enter", "promote", "settle", "close"] {
        act(action).succeeds();
    }
    let second = world.commit("ping", "second", &[("a", "2")]);
    let check = world.run(&CHECK).set("REVISION", &second).set("SOURCE_URL", &other.url("ping"));
    let check = check.set("BRANCH", "main").set("PIPELINE", "ping").set("PIPELINE_DIGEST", "a");
    let check = check.set("SHARED_DIGEST", "a").set("STEPS_DIGEST", "a").set("TREE_PATH", "generated/homelab");
    check.set("GIT_TOKEN", "").set("GIT_TOKENS", folder).succeeds();
    act("enter").set("REVISION", &second).set("VERSION", "v20251124170000-bbbbbb").succeeds();
    let (of_one, of_other) = (one.told(), other.told());
    let with = |told: &[String], token: &str| told.iter().any(|request| request.contains(&password(token)));
    assert!(with(&of_one, TOKEN) && with(&of_one, WRITING) && with(&of_other, OTHER));
    assert!(!with(&of_one, OTHER) && !with(&of_other, TOKEN) && !with(&of_other, WRITING), "{of_one:#?} {of_other:#?}");

    // Neither a redirect, nor a host or a path that nobody has described, gets any.
    let leads = Host::serve(&world, &backend, Some(format!("http://127.0.0.1:{}", other.port)));
    fs::write(tokens.join(format!("127.0.0.1:{}", leads.port)), "ghp-of-the-one-that-leads").expect("a token");
    let before = other.told().len();
    let version = "v20251124180000-cccccc";
    act("enter").set("SOURCE_URL", &leads.url("ping")).set("VERSION", version).fails(&["cannot read"]);
    assert!(!told_any(&other.told().split_off(before)));
    let before = one.told().len();
    for host in ["localhost", "0"] {
        let url = one.url("ping").replace("127.0.0.1", host);
        act("enter").set("SOURCE_URL", &url).set("VERSION", version).fails(&["cannot read"]);
    }
    let told = one.told().split_off(before);
    assert!(told.iter().all(|request| !request.contains(&password(TOKEN))), "{told:#?}");
    act("enter").set("SOURCE_URL", "https://../x/y.git").set("VERSION", version).fails(&["cannot read"]);
}
