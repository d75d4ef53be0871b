//! The users commands against moto, a Cognito that nobody here wrote and that checks what boto3 sends.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use http::Method;
use serde_json::{Value, json};
use tidegate_e2e::{Here, Said, call, ended, eventually, missing, tool};
use tokio::process::{Child, Command};

use crate::support::{REGION, with_cognito};

/// The server, with what it needs for Cognito only; the latest when this was written.
const MOTO: [&str; 4] = [
    "moto[cognitoidp]==5.2.5",
    "flask==3.1.3",
    "flask-cors==6.0.5",
    "werkzeug==3.1.9",
];
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// Where pip puts it, once for all runs.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto")
}

async fn install(python: &Path) -> bool {
    let folder = installed();
    let version = folder.join(MOTO[0]);
    if version.is_file() {
        return true;
    }
    let run = Command::new(python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--upgrade",
            "--target",
        ])
        .arg(&folder)
        .args(MOTO)
        .output()
        .await;
    let is_there = run.is_ok_and(|run| run.status.success());
    if is_there {
        std::fs::write(version, "").unwrap();
    }
    is_there
}

async fn start(python: &Path) -> (Child, String) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let child = Command::new(python)
        .args([
            "-m",
            "moto.server",
            "-H",
            "127.0.0.1",
            "-p",
            &port.to_string(),
        ])
        .env("PYTHONPATH", installed())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let url = format!("http://127.0.0.1:{port}");
    eventually("moto to listen", || async {
        call(Method::GET, &format!("{url}/moto-api/data.json"), &[], "")
            .await
            .ok()
    })
    .await;
    (child, url)
}

async fn ask(url: &str, operation: &str, body: Value) -> Value {
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={KEY}/20260101/{REGION}/cognito-idp/aws4_request, SignedHeaders=host, Signature=0"
    );
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", &*target),
        ("authorization", &*authorization),
    ];
    let answer = call(
        Method::POST,
        &format!("{url}/"),
        &headers,
        &body.to_string(),
    )
    .await
    .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moto_takes_every_users_command() {
    let Some(python) = tool("python3", "python3", "moto as Cognito") else {
        return;
    };
    if !install(&python).await {
        return missing("python3", "moto as Cognito: pip cannot install it");
    }
    let (_moto, url) = start(&python).await;
    let made = ask(&url, "CreateUserPool", json!({"PoolName": "users"})).await;
    let pool = made["UserPool"]["Id"].as_str().unwrap();
    let here = Here::with_outputs(&json!({
        "issuer": "https://issuer.test", "clientId": "client", "userPoolId": pool, "region": REGION,
    }));
    let says = async |arguments: &[&str]| ended(with_cognito(&here, arguments, &url, KEY)).await;

    let alice = [
        "users",
        "create",
        "--user",
        "alice",
        "--email",
        "alice@example.test",
        "--group",
        "team:red",
    ];
    says(&alice).await.done();
    says(&["users", "create", "--user", "alice"])
        .await
        .failed(3, &["UsernameExistsException"]);
    let mut bob = with_cognito(
        &here,
        &["users", "create", "--user", "bob", "--password-stdin"],
        &url,
        KEY,
    );
    let mut child = bob
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stdin, b"Correct-horse-1\n")
        .await
        .unwrap();
    drop(stdin);
    Said::of(&child.wait_with_output().await.unwrap()).done();

    let list = ["users", "list", "--json", "--groups"];
    let listed = says(&list).await.done().json();
    let found = |name: &str| {
        let users = listed.as_array().unwrap();
        users
            .iter()
            .find(|user| user["user"] == name)
            .unwrap()
            .clone()
    };
    let alice = found("alice");
    assert_eq!(alice["status"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(
        (&alice["email"], &alice["groups"]),
        (&json!("alice@example.test"), &json!(["team:red"]))
    );
    assert_eq!(found("bob")["status"], "CONFIRMED");

    says(&["users", "disable", "--user", "bob"]).await.done();
    let shown = ask(
        &url,
        "AdminGetUser",
        json!({"UserPoolId": pool, "Username": "bob"}),
    )
    .await;
    assert_eq!(shown["Enabled"], false);
    says(&["users", "enable", "--user", "bob"]).await.done();
    let shown = ask(
        &url,
        "AdminGetUser",
        json!({"UserPoolId": pool, "Username": "bob"}),
    )
    .await;
    assert_eq!(shown["Enabled"], true);
    says(&["users", "revoke", "--user", "bob"]).await.done();
    says(&["users", "revoke", "--user", "nobody"])
        .await
        .failed(3, &["UserNotFoundException"]);

    // More than one page.
    for number in 0..65 {
        let user = json!({"UserPoolId": pool, "Username": format!("user-{number}")});
        ask(&url, "AdminCreateUser", user).await;
    }
    let listed = says(&["users", "list", "--json"]).await.done().json();
    assert_eq!(listed.as_array().unwrap().len(), 67);
}
