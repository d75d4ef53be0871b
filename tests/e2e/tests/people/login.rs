//! `tidegate login`, with the test as the browser.

use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde_json::{Value, json};
use tidegate_contract::sign_in::CALLBACK_PORTS;
use tidegate_e2e::{Answer, Here, PATIENCE, Said, call, ended, eventually};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::sync::{Mutex, MutexGuard};

use crate::support::{Pool, with_local};

/// The ports that the browser comes back to are the same for all: one test at a time.
static PORTS: Mutex<()> = Mutex::const_new(());

struct Login {
    child: Child,
    url: String,
    _alone: MutexGuard<'static, ()>,
}

impl Login {
    /// Starts the command and reads where to sign in.
    async fn start(here: &Here, more: &[&str]) -> Self {
        let alone = PORTS.lock().await;
        let arguments = [&["login", "--no-browser", "--timeout", "60"], more].concat();
        let mut command = here.command(&arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.as_mut().unwrap()).lines();
        let url = tokio::time::timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("/oauth2/authorize?") {
                    return line;
                }
            }
            panic!("it says nowhere to sign in")
        });
        let url = url.await.unwrap();
        Self {
            child,
            url,
            _alone: alone,
        }
    }

    async fn ended(self) -> Said {
        let output = tokio::time::timeout(PATIENCE, self.child.wait_with_output());
        Said::of(&output.await.unwrap().unwrap())
    }
}

async fn get(url: &str) -> Answer {
    // The command listens on both addresses of `localhost`; this client asks at one.
    let url = url.replace("//localhost:", "//127.0.0.1:");
    call(Method::GET, &url, &[], "").await.unwrap()
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 302, "{answer:?}");
    answer.headers["location"].to_str().unwrap().to_owned()
}

/// Goes to where the command says, and fills in the form; gives where the browser is sent then.
async fn sign_in(url: &str, form: &str) -> String {
    let page = location(&get(url).await);
    assert_eq!(get(&page).await.status, 200);
    let answer = call(Method::POST, &page, &[], form).await.unwrap();
    location(&answer)
}

fn claims(token: &str) -> Value {
    let payload = token.trim().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

async fn pool_with_alice() -> (Pool, Here) {
    let pool = Pool::start().await;
    let here = with_local(&pool);
    let alice = ["users", "create", "--user", "alice", "--group", "team:red"];
    ended(here.command(&alice)).await.done();
    (pool, here)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_with_a_browser_gets_a_token_and_nothing_else_on_standard_output() {
    let (pool, here) = pool_with_alice().await;
    let login = Login::start(&here, &[]).await;
    assert!(login.url.starts_with(&pool.issuer), "{}", login.url);
    let back = sign_in(&login.url, "user=alice").await;
    // What a browser does beside: a connection that is never used, and the icon.
    let icon = back.split("/callback").next().unwrap().to_owned();
    let unused = tokio::net::TcpStream::connect(("127.0.0.1", CALLBACK_PORTS[0])).await;
    assert_eq!(get(&format!("{icon}/favicon.ico")).await.status, 404);
    let page = get(&back).await;
    assert!(
        page.status == 200 && page.body.contains("You are signed in"),
        "{page:?}"
    );
    assert!(!page.body.contains("code="), "{page:?}");
    let said = login.ended().await.done();
    drop(unused);
    let claims = claims(&said.stdout);
    assert_eq!(
        (&claims["username"], &claims["client_id"]),
        (&json!("alice"), &json!("client"))
    );
    assert_eq!(claims["cognito:groups"], json!(["team:red"]));
    assert_eq!(said.stdout.lines().count(), 1);
    assert!(get_refused(&back).await, "nobody listens any more");
}

async fn get_refused(url: &str) -> bool {
    let url = url.replace("//localhost:", "//127.0.0.1:");
    call(Method::GET, &url, &[], "").await.is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_has_all_tokens_and_a_deployed_stack_is_signed_in_to_alike() {
    let (pool, _local) = pool_with_alice().await;
    let here = Here::with_outputs(&pool.outputs());
    let login = Login::start(&here, &["--json", "--deployed"]).await;
    get(&sign_in(&login.url, "user=alice").await).await;
    let said = login.ended().await.done().json();
    assert_eq!(claims(said["idToken"].as_str().unwrap())["token_use"], "id");
    let ends = claims(said["accessToken"].as_str().unwrap())["exp"]
        .as_u64()
        .unwrap();
    let told = said["expiresAt"].as_u64().unwrap();
    assert!(told.abs_diff(ends) <= 5, "{told} {ends}");
    assert!(said["refreshToken"].is_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cancels_is_refused_in_a_sentence() {
    let (_pool, here) = pool_with_alice().await;
    let login = Login::start(&here, &[]).await;
    let page = get(&sign_in(&login.url, "cancel=1").await).await;
    assert_eq!(page.status, 400);
    login.ended().await.failed(
        3,
        &["the sign-in was refused (access_denied): the sign-in was cancelled"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_to_another_sign_in_is_not_taken_and_does_not_end_this_one() {
    let (_pool, here) = pool_with_alice().await;
    let login = Login::start(&here, &[]).await;
    let back = sign_in(&login.url, "user=alice").await;
    let (place, state) = back.split_once("state=").unwrap();
    let callback = place.split('?').next().unwrap();
    for forged in [
        format!("{place}state={}", state.to_uppercase()),
        format!("{callback}?error=access_denied&state=guessed"),
        format!("{callback}?code=guessed"),
        callback.to_owned(),
    ] {
        let page = get(&forged).await;
        assert!(
            page.status == 400 && page.body.contains("goes on waiting"),
            "{forged}: {page:?}"
        );
    }
    assert_eq!(get(&back).await.status, 200);
    let said = login.ended().await.done();
    assert_eq!(claims(&said.stdout)["username"], "alice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_the_pool_does_not_know_is_refused() {
    let (_pool, here) = pool_with_alice().await;
    let login = Login::start(&here, &[]).await;
    let back = sign_in(&login.url, "user=alice").await;
    let (place, rest) = back.split_once("code=").unwrap();
    let (_, state) = rest.split_once('&').unwrap();
    get(&format!("{place}code=guessed&{state}")).await;
    login
        .ended()
        .await
        .failed(3, &["no tokens for the code (invalid_grant)"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_passed_by_and_all_of_them_are_a_refusal() {
    let (_pool, here) = pool_with_alice().await;
    let first = {
        let _alone = PORTS.lock().await;
        TcpListener::bind(("127.0.0.1", CALLBACK_PORTS[0]))
            .await
            .unwrap()
    };
    let login = Login::start(&here, &[]).await;
    let back = sign_in(&login.url, "user=alice").await;
    assert!(back.contains(&format!(":{}/", CALLBACK_PORTS[1])), "{back}");
    get(&back).await;
    login.ended().await.done();

    let _alone = PORTS.lock().await;
    let second = TcpListener::bind(("127.0.0.1", CALLBACK_PORTS[1]))
        .await
        .unwrap();
    let third = TcpListener::bind(("127.0.0.1", CALLBACK_PORTS[2]))
        .await
        .unwrap();
    ended(here.command(&["login", "--no-browser"]))
        .await
        .failed(1, &["8976, 8977, 8978 are all taken"]);
    drop((first, second, third));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_waited_for_for_ever() {
    let (_pool, here) = pool_with_alice().await;
    let _alone = PORTS.lock().await;
    ended(here.command(&["login", "--no-browser", "--timeout", "1"]))
        .await
        .failed(1, &["nobody signed in within 1 s"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_without_pages_says_what_it_lacks() {
    let pool = Pool::start().await;
    let mut outputs = pool.outputs();
    outputs["signInUrl"].take();
    let here = Here::with_outputs(&outputs);
    ended(here.command(&["login", "--no-browser"]))
        .await
        .failed(1, &["no page to sign in on", "UserPoolDomain"]);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_browser_is_opened_with_the_page() {
    let (_pool, here) = pool_with_alice().await;
    let opened = here.tools().join("opened");
    // Moved into its place, it is there whole or not at all.
    here.tool(
        "xdg-open",
        &format!(
            "echo \"$1\" > '{0}.new' && mv '{0}.new' '{0}'",
            opened.display()
        ),
    );
    let _alone = PORTS.lock().await;
    let mut command = here.command(&["login", "--timeout", "60"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let url = eventually("the browser", || async {
        std::fs::read_to_string(&opened).ok()
    })
    .await;
    get(&sign_in(url.trim(), "user=alice").await).await;
    let output = tokio::time::timeout(Duration::from_secs(60), child.wait_with_output());
    let said = Said::of(&output.await.unwrap().unwrap()).done();
    assert_eq!(claims(&said.stdout)["username"], "alice");
}
