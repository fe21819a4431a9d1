//! Notices: what each recipient gets, and what it does not. Recipients are servers on loopback that speak TLS and keep what
//! they were sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use pipelinec::model::Repository;
use pipelinec::providers::{host, notice};
use pipelinec::schema::notices::NoticeKind;
use pipelinec::schema::providers::Host;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::support::{Outcome, Run, TOKEN, Tools, UID, VERSION, World, has_program};
use crate::api::certified;
use testkit::runs::SHA;

const KEY: &str = "k3y \"of\" \\ $(touch PWNED)";

/// A request: its first line, its headers in lower case, its body.
#[derive(Clone, Debug)]
struct Sent {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Sent {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// A server that answers with these, the last one for ever, and keeps what it was sent.
struct Recipient {
    port: u16,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Recipient {
    /// Serves, and leaves the certificate of its authority in the world.
    fn serve(world: &World, answers: &[&str]) -> Self {
        let (config, authority) = certified();
        world.write("authority.pem", &authority);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let (kept, answers) = (Arc::clone(&sent), answers.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Ok(connection) = rustls::ServerConnection::new(Arc::clone(&config)) else { continue };
                // A client that went away is none of the recipient's business.
                let _ = receive(rustls::StreamOwned::new(connection, stream), &answers, &kept);
            }
        });
        Self { port, sent }
    }

    fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.sent.lock().expect("no panic"))
    }

    fn only(&self) -> Sent {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.remove(0)
    }
}

fn receive(stream: impl Read + Write, answers: &[String], kept: &Mutex<Vec<Sent>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let mut kept = kept.lock().expect("no panic");
    let answer = &answers[kept.len().min(answers.len() - 1)];
    kept.push(Sent { line: line.trim_end().to_owned(), headers, body });
    let stream = reader.get_mut();
    write!(stream, "HTTP/1.1 {answer}\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")?;
    stream.flush()
}

/// A notice with everything that it needs.
fn notify<'w>(world: &'w World, kind: NoticeKind, url: &str, moment: &str) -> Run<'w> {
    world
        .run(notice::get(kind))
        .env("CURL_CA_BUNDLE", world.path("authority.pem").to_str().expect("a path"))
        .set("MOMENT", moment)
        .set("TARGET", "homelab")
        .set("PIPELINE", "ping")
        .set("PIPELINE_NAMESPACE", "pipeline")
        .set("APP", "ping")
        .set("VERSION", VERSION)
        .set("REVISION", SHA)
        .set("BRANCH", "main")
        .set("COMMIT_URL", &format!("https://git.example/acme/ping/commit/{SHA}"))
        .set("RUN_URL", "https://argo.example/workflows/pipeline/ping-1a2b3c4d5e6f")
        .set("WORKFLOW_UID", UID)
        .set("STATUS_URL", url)
        .set("STATUS_HEADER", "Authorization: Bearer ")
        .set("STATUS_FAILED", "failure")
        .set("STATUS_TOKEN", TOKEN)
        .set("NOTICE_URL", url)
        .set("NOTICE_KEY", KEY)
}

/// With the tools of this machine and those of busybox.
fn in_all_worlds(test: impl Fn(&World)) {
    if !has_program("curl") {
        println!("skipped: curl is not installed");
        return;
    }
    for tools in Tools::all() {
        let mut world = World::empty();
        world.tools = tools;
        test(&world);
        assert!(!world.path("PWNED").exists());
    }
}

/// Whoever posts to Slack knows its URL.
fn keeps_quiet(outcome: &Outcome, secrets: &[&str]) {
    secrets.iter().for_each(|secret| assert!(!outcome.said().contains(secret), "{}", outcome.said()));
}

/// HMAC-SHA256 (RFC 2104) in hexadecimal, as a recipient computes it.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let mut block = if key.len() > 64 { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.resize(64, 0);
    let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect::<Vec<_>>();
    let inner = Sha256::digest([padded(0x36).as_slice(), message].concat());
    let outer = Sha256::digest([padded(0x5c).as_slice(), &inner].concat());
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The second example of RFC 4231.
#[test]
fn a_recipient_computes_the_signature_of_the_standard() {
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(hmac(b"Jefe", b"what do ya want for nothing?"), expected);
}

#[test]
fn a_status_follows_the_run() {
    in_all_worlds(|world| {
        let host = Recipient::serve(world, &["201 Created"]);
        let url = host.url("/repos/acme/ping/statuses/");
        for (moment, superseded, state, description) in [
            ("started", "", "pending", "The delivery is running"),
            ("succeeded", "false", "success", "Delivered as v20251124160000-9f0e2b"),
            ("succeeded", "true", "success", "Superseded by a newer commit"),
            ("failed", "", "failure", "The delivery has failed or was stopped"),
        ] {
            notify(world, NoticeKind::Status, &url, moment).set("SUPERSEDED", superseded).succeeds();
            let sent = host.only();
            assert_eq!(sent.line, format!("POST /repos/acme/ping/statuses/{SHA} HTTP/1.1"));
            assert_eq!(sent.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
            assert_eq!(sent.header("content-type"), Some("application/json"));
            let target = "https://argo.example/workflows/pipeline/ping-1a2b3c4d5e6f";
            let expected = json!({"state": state, "description": description, "context": "pipelinec/homelab/ping", "target_url": target});
            assert_eq!(sent.json(), expected);
        }
        // Without a page of runs there is no link; and a Secret made with an editor ends with a line break.
        notify(world, NoticeKind::Status, &url, "failed")
            .unset("RUN_URL")
            .set("STATUS_HEADER", "PRIVATE-TOKEN: ")
            .set("STATUS_FAILED", "failed")
            .set("STATUS_TOKEN", &format!("{TOKEN}\n"))
            .succeeds();
        let sent = host.only();
        assert_eq!(sent.header("private-token"), Some(TOKEN));
        assert_eq!((&sent.json()["state"], sent.json().get("target_url")), (&json!("failed"), None));
    });
}

#[test]
fn each_host_has_its_own_address_for_statuses() {
    let of = |choice, repository: &str| {
        let statuses = host::get(choice).statuses(&Repository::read(repository).expect("a repository"));
        (statuses.url, statuses.header)
    };
    let bearer = "Authorization: Bearer ";
    for (choice, repository, url, header) in [
        (Host::GitHub, "github.com/acme/ping", "https://api.github.com/repos/acme/ping/statuses/", bearer),
        (Host::GitHub, "git.acme.io/acme/ping", "https://git.acme.io/api/v3/repos/acme/ping/statuses/", bearer),
        (
            Host::Gitea,
            "git.acme.io:8443/acme/ping",
            "https://git.acme.io:8443/api/v1/repos/acme/ping/statuses/",
            "Authorization: token ",
        ),
        (
            Host::GitLab,
            "gitlab.com/acme/shop/ping",
            "https://gitlab.com/api/v4/projects/acme%2Fshop%2Fping/statuses/",
            "PRIVATE-TOKEN: ",
        ),
    ] {
        assert_eq!(of(choice, repository), (url.to_owned(), header), "{repository}");
    }
}

#[test]
fn slack_gets_a_message_in_which_nothing_is_read_as_its_own() {
    in_all_worlds(|world| {
        let slack = Recipient::serve(world, &["200 OK"]);
        let url = slack.url("/services/T0/B0/s3cr3t");
        for (moment, title) in [
            ("started", "*Delivery of ping started*"),
            ("succeeded", "*ping was delivered*"),
            ("waiting", "*Delivery of ping waits for approval*"),
            ("failed", "*Delivery of ping failed or was stopped*"),
            ("rolled-back", "*ping was rolled back in production*"),
        ] {
            let run = notify(world, NoticeKind::Slack, &url, moment);
            let run = if moment == "rolled-back" { run.set("ENVIRONMENT", "production") } else { run };
            let outcome = run.set("BRANCH", "<!channel>&<@U1>|`$(touch PWNED)`").succeeds();
            keeps_quiet(&outcome, &["s3cr3t"]);
            let sent = slack.only();
            assert_eq!(sent.line, "POST /services/T0/B0/s3cr3t HTTP/1.1");
            let text = sent.json()["text"].as_str().expect("a text").to_owned();
            let lines: Vec<_> = text.lines().collect();
            assert_eq!(lines[0], title);
            assert!(lines[1].ends_with("&lt;!channel&gt;&amp;&lt;@U1&gt;|`$(touch PWNED)`"), "{text}");
            let commit = format!("<https://git.example/acme/ping/commit/{SHA}|commit 1a2b3c4d5e6f>");
            let run = "<https://argo.example/workflows/pipeline/ping-1a2b3c4d5e6f|run>";
            assert_eq!(lines[2..], [format!("{run} - {commit}")]);
        }
        notify(world, NoticeKind::Slack, &url, "succeeded").set("SUPERSEDED", "true").succeeds();
        assert!(slack.only().body.contains("was superseded by a newer commit"));
        // No link ends before its end, and a path of Argo's cannot begin another one.
        notify(world, NoticeKind::Slack, &url, "failed").set("RUN_URL", "https://a/x|<b>&c").succeeds();
        assert!(slack.only().body.contains("<https://a/x%7C%3Cb%3E&amp;c|run>"));
    });
}

#[test]
fn a_webhook_is_signed_with_its_time() {
    in_all_worlds(|world| {
        let program = Recipient::serve(world, &["204 No Content"]);
        let url = program.url("/notices");
        for key in [KEY, "k", &"long".repeat(40), &"0123456789abcdef".repeat(4)] {
            let outcome = notify(world, NoticeKind::Webhook, &url, "rolled-back")
                .set("ENVIRONMENT", "production")
                .set("NOTICE_KEY", key)
                .succeeds();
            keeps_quiet(&outcome, &["k3y", "longlong"]);
            let sent = program.only();
            let time = sent.header("x-pipelinec-timestamp").expect("a time");
            assert_eq!(time, super::support::START.to_string());
            let signed = format!("{time}.{}", sent.body);
            let expected = hmac(key.as_bytes(), signed.as_bytes());
            assert_eq!(sent.header("x-pipelinec-signature-256"), Some(format!("sha256={expected}").as_str()));
            let delivery = format!("{UID}-rolled-back-production");
            assert_eq!(sent.header("x-pipelinec-delivery"), Some(delivery.as_str()));
            let expected = json!({
                "format": "pipelinec-notice/1", "moment": "rolled-back", "superseded": false, "project": "homelab",
                "target": "homelab", "pipeline": "ping", "app": "ping", "environment": "production", "question": null, "version": VERSION,
                "revision": SHA, "branch": "main", "commit": {"url": format!("https://git.example/acme/ping/commit/{SHA}")},
                "workflow": {"namespace": "pipeline", "name": "ping-1a2b3c4d5e6f", "uid": UID,
                    "url": "https://argo.example/workflows/pipeline/ping-1a2b3c4d5e6f"},
            });
            assert_eq!(sent.json(), expected);
        }
    });
}

#[test]
fn what_fails_for_a_while_is_tried_again_and_what_is_wrong_is_not() {
    in_all_worlds(|world| {
        for (answers, attempts, message) in [
            (&["500 Oops", "429 Slow", "200 OK"][..], 3, None),
            (&["503 Gone"], 3, Some("not sent after 3 attempts: the answer is 503")),
            (&["403 Forbidden"], 1, Some("not sent: the answer is 403")),
            (&["404 Not Found"], 1, Some("not sent: the answer is 404")),
        ] {
            let host = Recipient::serve(world, answers);
            let run = notify(world, NoticeKind::Status, &host.url("/s/"), "failed");
            match message {
                None => drop(run.succeeds()),
                Some(message) => drop(run.fails(&[message])),
            }
            assert_eq!(host.sent().len(), attempts, "{answers:?}");
        }
        let nobody = notify(world, NoticeKind::Slack, "https://127.0.0.1:9/services/s3cr3t", "failed");
        keeps_quiet(&nobody.fails(&["not sent after 3 attempts"]), &["s3cr3t"]);
    });
}

#[test]
fn a_redirect_takes_no_secret_elsewhere() {
    in_all_worlds(|world| {
        let other = Recipient::serve(world, &["200 OK"]);
        for code in ["301", "302", "307", "308"] {
            let answer = format!("{code} Moved\r\nLocation: {}", other.url("/stolen"));
            let host = Recipient::serve(world, &[&answer]);
            for kind in NoticeKind::ALL {
                let outcome =
                    notify(world, kind, &host.url("/s3cr3t/"), "failed").fails(&["a redirect is not followed"]);
                keeps_quiet(&outcome, &["s3cr3t", "k3y"]);
            }
            assert_eq!(host.sent().len(), 3);
        }
        assert!(other.sent().is_empty());
    });
}

#[test]
fn no_other_authority_is_trusted_and_no_setting_of_curl_is_read() {
    in_all_worlds(|world| {
        let host = Recipient::serve(world, &["200 OK"]);
        // The authority of another server, and a file of settings that would trust anybody.
        let (_, other) = certified();
        world.write("authority.pem", &other);
        world.write("home/.curlrc", "insecure\nlocation\n");
        let home = world.path("home");
        notify(world, NoticeKind::Slack, &host.url("/s3cr3t"), "failed")
            .env("HOME", home.to_str().expect("a path"))
            .fails(&["no trusted connection"]);
        assert!(host.sent().is_empty());
    });
}

#[test]
fn secrets_of_another_form_are_refused_without_being_shown() {
    in_all_worlds(|world| {
        for (kind, input, value, message) in [
            (NoticeKind::Slack, "NOTICE_URL", "http://hooks.example/s3cr3t", "does not start with https://"),
            (
                NoticeKind::Slack,
                "NOTICE_URL",
                "https://hooks.example/s3cr3t\nurl = \"file:///etc/passwd\"",
                "is not a URL",
            ),
            (NoticeKind::Slack, "NOTICE_URL", "", "does not start with https://"),
            (NoticeKind::Webhook, "NOTICE_URL", "file:///s3cr3t", "does not start with https:// or http://"),
            (NoticeKind::Webhook, "NOTICE_URL", "https://user:s3cr3t@hooks.example/", "is not a URL"),
            (NoticeKind::Webhook, "NOTICE_KEY", "", "the key of the Secret is empty"),
            (NoticeKind::Status, "STATUS_TOKEN", "s3cr3t\nX: y", "is empty or has several lines"),
            (NoticeKind::Status, "STATUS_TOKEN", "", "is empty or has several lines"),
        ] {
            let outcome = notify(world, kind, "https://127.0.0.1:9/", "failed").set(input, value).fails(&[message]);
            keeps_quiet(&outcome, &["s3cr3t"]);
        }
    });
}

/// Nothing that a secret has in it is seen by another process: curl reads it from its standard input.
#[test]
fn secrets_are_in_no_argument_and_no_file() {
    if !has_program("curl") {
        return;
    }
    let world = World::empty();
    let host = Recipient::serve(&world, &["200 OK"]);
    for name in ["curl", "jq", "sed", "od", "tr", "cut", "cat", "sha256sum", "mktemp"] {
        let program = super::support::found(name).expect("a program");
        let text = include_str!("fake/record.sh").replace("@NAME@", program.to_str().expect("a path"));
        world.tool(name, &text);
    }
    for kind in NoticeKind::ALL {
        notify(&world, kind, &host.url("/t"), "failed").set("NOTICE_KEY", TOKEN).succeeds();
    }
    assert_eq!(host.sent().len(), 3);
    let record = world.read("record.log");
    assert!(record.contains("curl --disable"), "{record}");
    assert!(!record.contains(TOKEN), "{record}");
    assert_eq!(world.read("leaks.log"), "", "these files have a token in them");
}

#[test]
fn inputs_of_another_form_are_refused_by_name() {
    let world = World::empty();
    for (input, value) in [
        ("MOMENT", "waiting; touch PWNED"),
        ("PROJECT", "a b"),
        ("TARGET", "$(touch PWNED)"),
        ("PIPELINE", "../x"),
        ("APP", "A"),
        ("PIPELINE_NAMESPACE", "-x"),
        ("ENVIRONMENT", "a\nb"),
        ("VERSION", "v1"),
        ("REVISION", "main"),
        ("BRANCH", "a\nb"),
        ("COMMIT_URL", "javascript:alert(1)"),
        ("RUN_URL", "https://a b"),
        ("SUPERSEDED", "perhaps"),
        ("WORKFLOW_NAME", "a\u{7}"),
        ("WORKFLOW_UID", "a\nb"),
        ("STATUS_URL", "x"),
        ("STATUS_HEADER", "X-Evil: "),
        ("STATUS_FAILED", "success"),
    ] {
        notify(&world, NoticeKind::Status, "https://127.0.0.1:9/", "failed")
            .set(input, value)
            .fails(&[&format!("{input} is '")]);
    }
    assert!(!world.path("PWNED").exists());
}
