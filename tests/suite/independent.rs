//! An error hides no other one, in its file or elsewhere, and causes no other: the flagship example with each of many
//! errors, and with every two of them.

use pipelinec::compile::compile;
use pipelinec::source::SourceMap;

/// An error: the file, a text that occurs there once, its replacement, and the resulting codes.
type Broken = (&'static str, &'static str, &'static str, &'static [&'static str]);

const BROKEN: &[Broken] = &[
    // The project, whose values all others lean on.
    ("homelab", "repo = \"github.com/chestercodes/homelab-apps\"", "repo = \"chestercodes/homelab-apps\"", &["E0306"]),
    ("homelab", "credentials = github-creds", "credentials = github-cred", &["E0208"]),
    ("homelab", "host = \"registry.mypersonaltld.com\"", "hots = \"registry.mypersonaltld.com\"", &["E0202"]),
    ("homelab", "labels = { Release = \"prom\" }", "labels = { Release = \"-prom\" }", &["E0306"]),
    ("homelab", "ttl = 2h", "ttl = 20m", &["E0410"]),
    ("homelab", "ttl = 2h", "ttl = 2hours", &["E0306"]),
    ("homelab", "{ from = throwaway }", "{ from = existing }", &["E0502"]),
    ("homelab", "{ from = throwaway }", "{ from = throw-away }", &["E0303"]),
    ("homelab", "target = \"sdk\"", "target = 5", &["E0301"]),
    ("homelab", "delivers = tools, on push", "delivers = tools on push", &["E0101"]),
    // The database.
    ("maindb", "[homelabmaindb-cluster]\n", "[homelabmaindb-clusters]\n", &["E0208"]),
    ("maindb", "stage-env staging { with = [homelabping] }", "stage-env staging", &["E0417"]),
    ("maindb", "with = [homelabping]", "with = [homelabpong]", &["E0208"]),
    ("maindb", "test homelabping.functional", "test homelabping.functoinal", &["E0208"]),
    ("maindb", "  teardown staging\n", "", &["E0404"]),
    ("maindb", "  teardown staging\n", "  teardown production\n", &["E0402"]),
    ("maindb", "  wait-for-sync in production\n", "", &["E0406"]),
    ("maindb", "values = [\"values.all.yaml\", \"values.base.yaml\"]", "values = [\"../values.yaml\"]", &["E0306"]),
    // The service.
    ("ping", "image = pipeline\n", "image = pipelines\n", &["E0208"]),
    ("ping", "    port = 80\n", "", &["E0302"]),
    ("ping", "cpu = 80m..100m", "cpu = 80m..10m", &["E0304"]),
    ("ping", "MAINDB_PASSWORD = maindb.pingapp-password", "MAINDB_PASSWORD = maindb.pingap-password", &["E0217"]),
    ("ping", "MAINDB_PASSWORD = maindb.pingapp-password", "MAINDB_PASSWORD = \"geheim\"", &["E0503"]),
    ("ping", "ENVNAME = environment.namespace", "ENVNAME = environment.namepsace", &["E0209"]),
    ("ping", "at-most = 20%", "at-most = twenty", &["E0301"]),
    ("ping", "total_requests{service=\"${canary.metrics}", "total_requests{service=\"${canary.metric}", &["E0209"]),
    ("ping", "[20%, 60s, 50%,", "[20%, 60s, 10%,", &["E0409"]),
    ("ping", "[20%, 60s, 50%,", "[20%, 60s, 50,", &["E0306"]),
    ("ping", "analyse = failure-rate", "analyse = failure-rates", &["E0208"]),
    ("ping", "timeout = 20m", "timeout = 2m", &["E0407"]),
    ("ping", "timeout = 20m", "timeout = 20min", &["E0306"]),
    ("ping", "  build\n", "", &["E0412"]),
    ("ping", "  build\n", "  biuld\n", &["E0201"]),
    ("ping", "  stage-env staging { with = [homelabmaindb-exporter] }\n", "", &["E0403"]),
    ("ping", "  test functional in staging\n", "  test functional in stagin\n", &["E0208"]),
];

/// What can only be reported if the rest could be parsed: next to the error that writes the first text, the second code is not
/// reported.
const UNREADABLE: &[(&str, &str)] = &[("[20%, 60s, 50,", "E0407")];

fn example() -> Vec<(String, String)> {
    ["homelab", "maindb", "ping"]
        .map(|name| {
            let path = format!("{}/examples/homelab/{name}.pipe", env!("CARGO_MANIFEST_DIR"));
            (name.to_owned(), std::fs::read_to_string(path).expect("a file of the example"))
        })
        .to_vec()
}

/// The codes that the example gives with these errors; `None` if one overwrites another.
fn codes(errors: &[&Broken]) -> Option<Vec<&'static str>> {
    let mut files = example();
    for (file, good, bad, _) in errors {
        let (_, text) = files.iter_mut().find(|(name, _)| name == file).expect("the file is one of the example");
        if text.matches(good).count() != 1 {
            return None;
        }
        *text = text.replace(good, bad);
    }
    let sources = SourceMap::new(files);
    let mut codes: Vec<_> = compile(&sources).diagnostics.iter().map(|report| report.code.as_str()).collect();
    codes.sort_unstable();
    Some(codes)
}

#[test]
fn each_error_is_reported_once_and_causes_no_other_report() {
    let mut wrong = Vec::new();
    for broken in BROKEN {
        let found = codes(&[broken]).unwrap_or_else(|| panic!("`{}` stands once in the example", broken.1));
        if found != broken.3 {
            wrong.push(format!("{broken:?} gives {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn of_two_errors_neither_hides_the_other() {
    let mut wrong = Vec::new();
    let mut both = 0;
    for (at, first) in BROKEN.iter().enumerate() {
        for second in &BROKEN[at + 1..] {
            let Some(found) = codes(&[first, second]) else { continue };
            let hidden = |code: &&str| {
                UNREADABLE.iter().any(|(cause, hidden)| hidden == code && [first.2, second.2].contains(cause))
            };
            let mut expected: Vec<_> = first.3.iter().chain(second.3).copied().filter(|code| !hidden(code)).collect();
            expected.sort_unstable();
            both += 1;
            if found != expected {
                wrong.push(format!(
                    "{:?} -> {:?}\n  and {:?} -> {:?}\n  give {found:?}",
                    first.1, first.2, second.1, second.2
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {both}\n{}", wrong.len(), wrong.join("\n"));
}
