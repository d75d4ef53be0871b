//! The `tidegate` command, run as a user runs it.

#![expect(clippy::unwrap_used, reason = "test code: a panic is how a test fails")]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tidegate_e2e::{Tidegate, eventually};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

/// The processes that descend from `pid`.
fn descendants(pid: u32) -> BTreeSet<u32> {
    let output = std::process::Command::new("ps")
        .args(["-A", "-o", "pid=,ppid="])
        .output()
        .unwrap();
    let listed = text(&output.stdout);
    let pairs: Vec<(u32, u32)> = listed
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
        })
        .collect();
    let mut found = BTreeSet::from([pid]);
    loop {
        let more: Vec<u32> = pairs
            .iter()
            .filter(|(child, parent)| found.contains(parent) && !found.contains(child))
            .map(|(child, _)| *child)
            .collect();
        if more.is_empty() {
            found.remove(&pid);
            return found;
        }
        found.extend(more);
    }
}

fn is_alive(pid: u32) -> bool {
    rustix::process::Pid::from_raw(pid.try_into().unwrap())
        .is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

async fn all_gone(pids: &BTreeSet<u32>) {
    eventually("the end of all processes", || async {
        (!pids.iter().any(|pid| is_alive(*pid))).then_some(())
    })
    .await;
}

/// What is left in a folder, but for what is meant to stay.
fn left_in(folder: &Path) -> Vec<String> {
    let mut left = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            left.extend(left_in(&entry.path()));
        } else {
            left.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    left.retain(|name| !["signing-key.pem", "lock", "built-debug.json"].contains(&name.as_str()));
    left
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_talk_and_ctrl_c_leaves_nothing_behind() {
    let tidegate = Tidegate::new();
    let dev = tidegate.dev(&[]).await;
    let reader = tidegate.command(&[
        "connect",
        "--user",
        "alice",
        "--channel",
        "room:lobby",
        "--json",
    ]);
    let (mut reader, lines) = spawn_reading(reader);
    let lines = tokio::sync::Mutex::new(lines);
    // Until she is there, what is published is not for her.
    let heard = eventually("alice to hear bob", || async {
        let said = tidegate
            .run_with_input(
                &["connect", "--user", "bob", "--channel", "room:lobby"],
                "hi\n",
            )
            .await;
        assert!(said.status.success(), "{}", text(&said.stderr));
        let mut lines = lines.lock().await;
        let publication = async {
            loop {
                let frame: Value =
                    serde_json::from_str(&lines.next_line().await.unwrap()?).unwrap();
                // Between them: who comes and goes.
                if frame["type"] == "publication" {
                    return Some(frame);
                }
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(1), publication)
            .await
            .ok()?
    })
    .await;
    assert_eq!(
        (&heard["user"], &heard["data"]),
        (&"bob".into(), &"hi".into()),
        "{heard}"
    );
    reader.kill().await.unwrap();

    let functions = descendants(dev.pid());
    assert!(
        functions.len() >= 3,
        "functions run as processes: {functions:?}"
    );
    signal(dev.pid(), rustix::process::Signal::INT);
    let (code, _) = dev.ended().await;
    assert_eq!(code, Some(0));
    all_gone(&functions).await;
    assert_eq!(left_in(tidegate.state()), Vec::<String>::new());
}

type Lines = tokio::io::Lines<tokio::io::BufReader<tokio::process::ChildStdout>>;

fn spawn_reading(mut command: tokio::process::Command) -> (tokio::process::Child, Lines) {
    use tokio::io::AsyncBufReadExt;
    // A pipe that stays open: it would leave at the end of what there is to read.
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = tokio::io::BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_that_is_killed_takes_its_functions_with_it_and_the_next_one_starts() {
    let tidegate = Tidegate::new();
    let dev = tidegate.dev(&[]).await;
    let said = tidegate
        .run_with_input(
            &["connect", "--user", "bob", "--channel", "room:lobby"],
            "hi\n",
        )
        .await;
    assert!(said.status.success(), "{}", text(&said.stderr));
    let functions = descendants(dev.pid());
    signal(dev.pid(), rustix::process::Signal::KILL);
    dev.ended().await;
    all_gone(&functions).await;
    let token = tidegate.run(&["token", "--user", "alice"]).await;
    assert_eq!(token.status.code(), Some(1));
    assert!(
        text(&token.stderr).contains("nothing runs the stack `dev`"),
        "{}",
        text(&token.stderr)
    );
    let again = tidegate.dev(&[]).await;
    signal(again.pid(), rustix::process::Signal::TERM);
    assert_eq!(again.ended().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_piped_is_published_and_json_shows_the_frames() {
    let tidegate = Tidegate::new();
    let dev = tidegate.dev(&[]).await;
    let arguments = [
        "connect",
        "--user",
        "bob",
        "--channel",
        "room:lobby",
        "--json",
    ];
    let said = tidegate
        .run_with_input(&arguments, "one\n{\"n\": 2}\n\n")
        .await;
    assert!(said.status.success(), "{}", text(&said.stderr));
    let frames: Vec<Value> = text(&said.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        frames.iter().filter(|frame| frame["type"] == "ack").count(),
        2,
        "{frames:?}"
    );
    let refused = tidegate
        .run_with_input(&["connect", "--user", "bob", "--channel", "news:x"], "hi\n")
        .await;
    assert_eq!(refused.status.code(), Some(3), "{}", text(&refused.stderr));
    assert!(
        text(&refused.stderr).contains("you may not publish to news:x"),
        "{}",
        text(&refused.stderr)
    );
    let arguments = ["connect", "--token", "rubbish", "--channel", "room:lobby"];
    let refused = tidegate.run(&arguments).await;
    assert_eq!(refused.status.code(), Some(3), "{}", text(&refused.stderr));
    assert!(
        text(&refused.stderr).contains("401"),
        "{}",
        text(&refused.stderr)
    );
    drop(dev);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_runtime_of_the_same_stack_says_where_the_first_one_is() {
    let tidegate = Tidegate::new();
    let dev = tidegate.dev(&[]).await;
    let second = tidegate.run(&["dev", "--port", "0"]).await;
    assert_eq!(second.status.code(), Some(1));
    let said = text(&second.stderr);
    assert!(
        said.contains("is running already") && said.contains(dev.url()),
        "{said}"
    );
    let token = tidegate.run(&["token", "--user", "alice"]).await;
    assert!(
        token.status.success(),
        "and the first one goes on: {}",
        text(&token.stderr)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let tidegate = Tidegate::new();
    let dev = tidegate.run(&["dev", "--port", &port]).await;
    assert_eq!(dev.status.code(), Some(1));
    let said = text(&dev.stderr);
    assert!(
        said.contains(&format!("port {port} is taken")) && said.contains("--port"),
        "{said}"
    );
    assert_eq!(left_in(tidegate.state()), Vec::<String>::new());
}

/// Runs `dev` with this configuration, which must fail; what it says.
async fn dev_fails_with(config: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Pulumi.dev.yaml");
    std::fs::write(&file, config).unwrap();
    let tidegate = Tidegate::new();
    let dev = tidegate
        .run(&[
            "dev",
            "--port",
            "0",
            "--config-file",
            file.to_str().unwrap(),
        ])
        .await;
    assert_eq!(dev.status.code(), Some(1), "{}", text(&dev.stdout));
    assert_eq!(left_in(tidegate.state()), Vec::<String>::new());
    text(&dev.stderr)
}

const NAMESPACES: &str =
    "  tidegate:namespaces:\n    room: {subscribe: signedIn, publish: signedIn}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_configuration_names_its_key_and_what_is_right() {
    let cases = [
        (
            format!("config:\n{NAMESPACES}  tidegate:gatway: {{}}\n"),
            vec!["gatway", "gateway"],
        ),
        ("config: {}\n".to_owned(), vec!["tidegate:namespaces"]),
        (
            format!("config:\n{NAMESPACES}  tidegate:gateway: {{throttle: {{rate: 0}}}}\n"),
            vec!["gateway.throttle.rate", "more than 0"],
        ),
        (
            format!("config:\n{NAMESPACES}  tidegate:gateway: {{stage: $default}}\n"),
            vec!["gateway.stage", "$default"],
        ),
        (
            format!("config:\n{NAMESPACES}  tidegate:gateway: {{trottle: {{}}}}\n"),
            vec!["gateway", "trottle"],
        ),
        (
            "config:\n  tidegate:namespaces:\n    Room: {subscribe: signedIn, publish: server}\n"
                .to_owned(),
            vec!["`Room`"],
        ),
        (
            "config:\n  tidegate:namespaces:\n    room: {subscribe: all, publish: server}\n"
                .to_owned(),
            vec!["all", "signedIn"],
        ),
        ("config: [1]\n".to_owned(), vec!["Pulumi.dev.yaml"]),
        (
            "config:\n  tidegate:x: {secure: v1abc}\n".to_owned(),
            vec!["tidegate:x", "encrypted"],
        ),
    ];
    for (config, expected) in cases {
        let said = dev_fails_with(&config).await;
        for part in expected {
            assert!(said.contains(part), "{config}\n{part} is not in:\n{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_that_fails_and_a_missing_cargo_end_it_with_what_to_do() {
    let tidegate = Tidegate::new();
    let failing = tidegate
        .command(&["dev", "--port", "0"])
        .env("CARGO", "false")
        .output()
        .await
        .unwrap();
    assert_eq!(failing.status.code(), Some(1));
    assert!(
        text(&failing.stderr).contains("the build failed"),
        "{}",
        text(&failing.stderr)
    );
    let missing = tidegate
        .command(&["dev", "--port", "0"])
        .env("CARGO", "/no/such/cargo")
        .output()
        .await
        .unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(
        text(&missing.stderr).contains("rustup.rs"),
        "{}",
        text(&missing.stderr)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outside_of_a_project_and_with_an_unknown_stack_it_says_so() {
    let elsewhere = tempfile::tempdir().unwrap();
    let outside = Tidegate::within(elsewhere.path()).run(&["dev"]).await;
    assert_eq!(outside.status.code(), Some(1));
    assert!(
        text(&outside.stderr).contains("there is no Pulumi.yaml"),
        "{}",
        text(&outside.stderr)
    );
    let unknown = Tidegate::new().run(&["dev", "--stack", "nowhere"]).await;
    assert!(
        text(&unknown.stderr).contains("there are dev"),
        "{}",
        text(&unknown.stderr)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_lists_the_resources_with_their_inputs_and_dependencies() {
    let tidegate = Tidegate::new();
    let plan = tidegate.run(&["plan", "--json"]).await;
    assert!(plan.status.success(), "{}", text(&plan.stderr));
    let plan: Value = serde_json::from_slice(&plan.stdout).unwrap();
    let resources = plan["resources"].as_array().unwrap();
    let of_type = |kind: &str| {
        resources
            .iter()
            .filter(|resource| resource["type"] == kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(of_type("aws:lambda/function:Function").len(), 9);
    let deployment = of_type("aws:apigatewayv2/deployment:Deployment")[0];
    // Beside the sockets' API there is one of HTTP, which needs no deployment.
    let of_sockets = |kind: &str| {
        let mut resources = of_type(kind);
        resources.retain(|it| it["inputs"]["apiId"] == deployment["inputs"]["apiId"]);
        resources
    };
    assert_eq!(of_sockets("aws:apigatewayv2/route:Route").len(), 11);
    let dependencies: BTreeSet<&str> = deployment["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for kind in [
        "route:Route",
        "integration:Integration",
        "authorizer:Authorizer",
        "routeResponse:RouteResponse",
    ] {
        let kind = format!("aws:apigatewayv2/{kind}");
        for resource in of_sockets(&kind) {
            assert!(
                dependencies.contains(resource["urn"].as_str().unwrap()),
                "the deployment waits for {}",
                resource["urn"]
            );
        }
    }
    let stage = of_sockets("aws:apigatewayv2/stage:Stage")[0];
    assert_eq!(
        stage["inputs"]["defaultRouteSettings"]["throttlingRateLimit"],
        2000
    );
    let people = tidegate.run(&["plan"]).await;
    assert!(
        text(&people.stdout).contains("aws:dynamodb/table:Table"),
        "{}",
        text(&people.stdout)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_becomes_a_comment_and_a_trap_in_it_is_1() {
    let tidegate = Tidegate::new();
    let planned = tidegate.run(&["plan", "--json"]).await;
    assert!(planned.status.success(), "{}", text(&planned.stderr));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(file("plan.json"), &planned.stdout).unwrap();
    let comment = tidegate
        .run(&[
            "preview-comment",
            "--fail-on-trap",
            "--preview",
            &file("plan.json"),
        ])
        .await;
    assert!(comment.status.success(), "{}", text(&comment.stderr));
    assert!(text(&comment.stdout).starts_with("<!-- tidegate-preview tidegate/dev -->\n"));
    assert!(text(&comment.stdout).contains("No trap"));

    let mut plan: Value = serde_json::from_slice(&planned.stdout).unwrap();
    for resource in plan["resources"].as_array_mut().unwrap() {
        if resource["type"] == "aws:apigatewayv2/stage:Stage" {
            resource["inputs"]["defaultRouteSettings"] = Value::Null;
        }
    }
    std::fs::write(file("trap.json"), plan.to_string()).unwrap();
    let trapped = [
        "preview-comment",
        "--fail-on-trap",
        "--preview",
        &file("trap.json"),
        "--base-plan",
        &file("plan.json"),
    ];
    let trapped = tidegate.run(&trapped).await;
    assert_eq!(trapped.status.code(), Some(1));
    assert!(text(&trapped.stdout).contains("2 to update"));
    assert!(text(&trapped.stdout).contains("answers 429"));

    let cost = tidegate
        .run(&["plan", "--cost", "--load", "clients=5000"])
        .await;
    assert!(
        text(&cost.stdout).contains("a month"),
        "{}",
        text(&cost.stdout)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_arguments_are_2_and_help_has_examples() {
    let tidegate = Tidegate::new();
    assert_eq!(tidegate.run(&["shout"]).await.status.code(), Some(2));
    assert_eq!(
        tidegate
            .run(&["connect", "--user", "a", "--channel", "lobby"])
            .await
            .status
            .code(),
        Some(2)
    );
    for command in [
        "dev",
        "connect",
        "token",
        "plan",
        "preview-comment",
        "completions",
    ] {
        let help = tidegate.run(&[command, "--help"]).await;
        assert!(text(&help.stdout).contains("Example"), "{command}");
    }
    let completions = tidegate.run(&["completions", "bash"]).await;
    assert!(text(&completions.stdout).contains("_tidegate"));
}
