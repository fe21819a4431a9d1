//! The build, with a recorder in BuildKit's place.

use pipelinec::providers::builder::BUILD_WITH_BUILDKIT;

use super::support::{Run, TOKEN, World, digest};

fn build(world: &World) -> Run<'_> {
    let metadata = format!(
        "{{\n  \"containerimage.config.digest\": \"{}\",\n  \"containerimage.digest\": \"{}\"\n}}",
        digest(8),
        digest(9)
    );
    world.write("metadata.json", &metadata);
    world
        .run(&BUILD_WITH_BUILDKIT)
        .set("CONTEXT", "https://github.com/o/r.git")
        .set("REVISION", &"a".repeat(40))
        .set("DESTINATION", "registry:5000/apps/x")
        .set("TAG", "v1")
}

fn arguments(world: &World) -> Vec<String> {
    world.read("buildctl.log").lines().map(str::to_owned).collect()
}

fn has(world: &World, argument: &str) -> bool {
    arguments(world).iter().any(|given| given == argument)
}

#[test]
fn the_commit_is_built_and_its_digest_kept() {
    let world = World::empty();
    let outcome = build(&world)
        .set("CONTEXT_PATH", "sub/dir")
        .set("BUILD_TARGET", "run")
        .set("DOCKERFILE", "docker/App")
        .succeeds();
    assert_eq!(outcome.output("digest"), digest(9));
    let sha = "a".repeat(40);
    for argument in [
        &format!("context=https://github.com/o/r.git#{sha}:sub/dir"),
        "filename=docker/App",
        "target=run",
        "type=image,name=registry:5000/apps/x:v1,push=true",
        &format!("label:org.opencontainers.image.revision={sha}"),
        "id=GIT_AUTH_TOKEN.github.com,env=GIT_TOKEN",
    ] {
        assert!(has(&world, argument), "{argument} in {:?}", arguments(&world));
    }
    assert!(!world.read("buildctl.log").contains(TOKEN));
    assert_eq!(world.read("token.log"), TOKEN);
    assert_eq!(world.read("flags.log"), "--oci-worker-no-process-sandbox\n");
}

#[test]
fn defaults_leave_out_what_is_not_given() {
    let world = World::empty();
    build(&world).set("GIT_TOKEN", "").succeeds();
    assert!(has(&world, &format!("context=https://github.com/o/r.git#{}", "a".repeat(40))));
    assert!(has(&world, "filename=Dockerfile"));
    for option in ["target=", "--secret", "cache", "insecure", "platform", "attest"] {
        assert!(!world.read("buildctl.log").contains(option), "{option}");
    }
}

#[test]
fn platforms_and_attestations_are_asked_for() {
    let world = World::empty();
    build(&world).set("PLATFORMS", "linux/amd64,linux/arm/v7").set("ATTEST", "true").succeeds();
    for argument in ["platform=linux/amd64,linux/arm/v7", "attest:provenance=mode=max", "attest:sbom="] {
        assert!(has(&world, argument), "{argument} in {:?}", arguments(&world));
    }
}

#[test]
fn secrets_are_named_by_their_files_and_read_by_nobody_else() {
    let world = World::empty();
    let outcome = build(&world).set("BUILD_SECRETS", "npm corp.ca").succeeds();
    for argument in ["id=npm,src=/secrets/npm/value", "id=corp.ca,src=/secrets/corp.ca/value"] {
        assert!(has(&world, argument), "{argument} in {:?}", arguments(&world));
    }
    assert_eq!(outcome.output("digest"), digest(9));
}

#[test]
fn a_daemon_elsewhere_is_asked_by_its_address() {
    let world = World::empty();
    build(&world).set("BUILDER_ADDRESS", "tcp://buildkitd.build.svc:1234").succeeds();
    assert_eq!(arguments(&world)[..3], ["--addr", "tcp://buildkitd.build.svc:1234", "build"]);
    assert_eq!(world.read("token.log"), TOKEN);
    build(&world).set("BUILDER_ADDRESS", "tcp://10.0.0.1:1234").set("BUILDER_TLS", "true").succeeds();
    assert_eq!(arguments(&world)[..5], ["--addr", "tcp://10.0.0.1:1234", "--tlsdir", "/tls", "build"]);
    build(&world).succeeds();
    assert_eq!(arguments(&world)[0], "build");
}

#[test]
fn a_registry_without_tls_is_named_to_the_daemon_as_well() {
    let world = World::empty();
    build(&world).set("INSECURE", "true").set("CACHE", "http://other:5000/cache/x").succeeds();
    assert!(has(&world, "type=image,name=registry:5000/apps/x:v1,push=true,registry.insecure=true"));
    assert!(has(&world, "type=registry,ref=other:5000/cache/x,registry.insecure=true"));
    assert!(has(&world, "type=registry,ref=other:5000/cache/x,mode=max,ignore-error=true,registry.insecure=true"));
    assert!(world.read("flags.log").starts_with("--oci-worker-no-process-sandbox --config "));
    assert_eq!(
        world.read("buildkitd.toml"),
        "[registry.\"registry:5000\"]\n  http = true\n[registry.\"other:5000\"]\n  http = true\n"
    );
}

#[test]
fn a_cache_in_another_registry_has_tls_of_its_own() {
    let world = World::empty();
    build(&world).set("INSECURE", "true").set("CACHE", "cache.acme.io/x:shop.code").succeeds();
    assert!(has(&world, "type=registry,ref=cache.acme.io/x:shop.code"));
    assert_eq!(world.read("buildkitd.toml"), "[registry.\"registry:5000\"]\n  http = true\n");
    build(&world).set("CACHE", "http://cache:5000/x:shop.code").succeeds();
    assert!(has(&world, "type=image,name=registry:5000/apps/x:v1,push=true"));
    assert!(has(&world, "type=registry,ref=cache:5000/x:shop.code,mode=max,ignore-error=true,registry.insecure=true"));
    assert_eq!(world.read("buildkitd.toml"), "[registry.\"cache:5000\"]\n  http = true\n");
}

#[test]
fn a_cache_is_read_and_written_and_no_build_fails_for_it() {
    let world = World::empty();
    build(&world).set("CACHE", "registry:5000/apps/x-cache:buildcache").succeeds();
    assert!(has(&world, "type=registry,ref=registry:5000/apps/x-cache:buildcache"));
    assert!(has(&world, "type=registry,ref=registry:5000/apps/x-cache:buildcache,mode=max,ignore-error=true"));
}

#[test]
fn build_arguments_arrive_as_they_are() {
    let world = World::empty();
    let hostile =
        ["A=two words", "B='\"", "C=$(touch /tmp/x) `id` $HOME ${PATH}", "D=\\n\\", "E={{x}} *", "F=", "G= \u{1f680} "];
    build(&world).set("BUILD_ARGS", &hostile.join("\n")).succeeds();
    for argument in hostile {
        assert!(has(&world, &format!("build-arg:{argument}")), "{argument} in {:?}", arguments(&world));
    }
    build(&world).set("BUILD_ARGS", "--push").fails(&["BUILD_ARGS is '--push'", "KEY=VALUE"]);
}

#[test]
fn a_failed_build_and_a_missing_digest_have_different_messages() {
    let world = World::empty();
    let run = build(&world);
    world.write("metadata.json", "{}");
    run.fails(&["reported the digest ''"]);
    world.write("fail", "");
    run.fails(&["the build of registry:5000/apps/x:v1 failed"]);
}

#[test]
fn what_could_become_another_option_is_refused() {
    let world = World::empty();
    for (name, value) in [
        ("DESTINATION", "r/x,push=false"),
        ("DESTINATION", "r/x:tag"),
        ("DESTINATION", "-r/x"),
        ("DESTINATION", "x"),
        ("TAG", "-v"),
        ("TAG", "a b"),
        ("CACHE", "r/x,mode=min"),
        ("CACHE", "https://r/x"),
        ("CACHE", "http://http://r/x"),
        ("PLATFORMS", "linux/amd64 --x"),
        ("PLATFORMS", "LINUX"),
        ("BUILD_SECRETS", "a,src=/etc/passwd"),
        ("BUILD_SECRETS", "a\nb"),
        ("BUILD_SECRETS", "../x"),
        ("ATTEST", "yes"),
        ("BUILDER_ADDRESS", "unix:///run/buildkit/buildkitd.sock"),
        ("BUILDER_ADDRESS", "tcp://-x:1"),
        ("BUILDER_ADDRESS", "tcp://host"),
        ("BUILDER_ADDRESS", "tcp://host:1 --x"),
        ("BUILDER_TLS", "/etc"),
        ("CONTEXT", "https://h/o/r"),
        ("CONTEXT", "https://u:p@h/r.git"),
        ("CONTEXT", "https://h/o/r.git#main.git"),
        ("CONTEXT_PATH", "../x"),
        ("CONTEXT_PATH", "/x"),
        ("DOCKERFILE", "-f"),
        ("BUILD_TARGET", "--x"),
        ("BUILD_TARGET", "a\nb"),
        ("INSECURE", "yes"),
        ("REVISION", "main"),
    ] {
        build(&world).set(name, value).fails(&[&format!("{name} is '")]);
    }
    assert_eq!(world.read("buildctl.log"), "");
}
