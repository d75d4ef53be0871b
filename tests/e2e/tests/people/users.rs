//! `tidegate users`.

use std::fs;

use serde_json::{Value, json};
use tidegate_e2e::{Here, Said, Tidegate, ended};

use crate::support::{ACCESS_KEY_ID, Pool, with_cognito, with_local};

async fn listed(here: &Here) -> Vec<Value> {
    let arguments = ["users", "list", "--json", "--groups"];
    let said = ended(here.command(&arguments)).await.done();
    said.json().as_array().unwrap().clone()
}

async fn says(here: &Here, arguments: &[&str]) -> Said {
    ended(here.command(arguments)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_of_the_local_stack_is_made_listed_disabled_and_let_in_again() {
    let pool = Pool::start().await;
    let here = with_local(&pool);
    let none = says(&here, &["users", "list"]).await.done();
    assert!(none.stderr.contains("There are no users"), "{none:?}");

    let arguments = [
        "users",
        "create",
        "--user",
        "alice",
        "--email",
        "alice@example.test",
        "--group",
        "team:red",
        "--group",
        "room:lobby",
    ];
    let made = says(&here, &arguments).await.done();
    assert!(
        made.stderr.contains("the stack `dev` on this machine"),
        "{made:?}"
    );
    assert!(
        made.stderr.contains("The group team:red is new."),
        "{made:?}"
    );
    let password = made.stdout.lines().last().unwrap();
    assert!(password.len() >= 20 && !password.contains(' '), "{made:?}");

    let bob = here.tidegate.run_with_input(
        &[
            "users",
            "create",
            "--user",
            "bob",
            "--password-stdin",
            "--group",
            "team:red",
        ],
        "Correct-horse-1\n",
    );
    let bob = Said::of(&bob.await).done();
    assert!(
        !bob.stdout.contains("Correct-horse-1") && !bob.stderr.contains("is new"),
        "{bob:?}"
    );

    let users = listed(&here).await;
    let created = users[0]["created"].as_str().unwrap();
    assert!(
        created.starts_with("20") && created.ends_with('Z'),
        "{created}"
    );
    assert_eq!(
        users[0],
        json!({
            "user": "alice", "status": "FORCE_CHANGE_PASSWORD", "enabled": true, "email": "alice@example.test",
            "groups": ["room:lobby", "team:red"], "created": created,
        })
    );
    assert_eq!(
        (&users[1]["user"], &users[1]["status"]),
        (&json!("bob"), &json!("CONFIRMED"))
    );

    for (command, sentence, enabled) in [
        (
            "disable",
            "Sockets that are open live on until their access token ends",
            false,
        ),
        ("enable", "bob may sign in again", true),
        (
            "revoke",
            "Sockets that are open live on until their access token ends",
            true,
        ),
    ] {
        let said = says(&here, &["users", command, "--user", "bob"])
            .await
            .done();
        assert!(said.stdout.contains(sentence), "{said:?}");
        assert_eq!(listed(&here).await[1]["enabled"], enabled, "{command}");
    }
    let table = says(&here, &["users", "list", "--local"]).await.done();
    assert!(
        table.stdout.contains("status") && table.stdout.contains("alice@example.test"),
        "{table:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_pool_refuses_is_told_and_leaves_nothing_behind() {
    let pool = Pool::start().await;
    let here = with_local(&pool);
    let weak = here.tidegate.run_with_input(
        &["users", "create", "--user", "bob", "--password-stdin"],
        "weak\n",
    );
    Said::of(&weak.await).failed(
        3,
        &[
            "`bob` was not made",
            "Password not long enough",
            "InvalidPasswordException",
        ],
    );
    let nothing = here.tidegate.run_with_input(
        &["users", "create", "--user", "bob", "--password-stdin"],
        "\n",
    );
    Said::of(&nothing.await).failed(1, &["no password on standard input"]);
    let arguments = ["users", "create", "--user", "bob", "--group", "a b"];
    says(&here, &arguments)
        .await
        .failed(3, &["`bob` was not made", "CreateGroup"]);
    assert!(
        listed(&here).await.is_empty(),
        "who was made by then is deleted again"
    );

    says(&here, &["users", "create", "--user", "bob"])
        .await
        .done();
    says(&here, &["users", "create", "--user", "bob"])
        .await
        .failed(3, &["UsernameExistsException"]);
    assert_eq!(listed(&here).await.len(), 1);
    for command in ["disable", "enable", "revoke"] {
        says(&here, &["users", command, "--user", "nobody"])
            .await
            .failed(
                3,
                &["nothing was done to `nobody`", "UserNotFoundException"],
            );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployed_stack_is_found_through_pulumi_and_its_requests_are_signed() {
    let pool = Pool::start().await;
    let here = Here::with_outputs(&pool.outputs());
    let list = ["users", "list", "--json"];
    let said = ended(with_cognito(&here, &list, &pool.base_url, ACCESS_KEY_ID))
        .await
        .done();
    assert!(
        said.stderr
            .contains("the deployed stack `dev`, in eu-central-1"),
        "{said:?}"
    );
    assert_eq!(said.json(), json!([]));
    ended(with_cognito(
        &here,
        &list,
        &pool.base_url,
        "AKIASOMEBODYELSE0000",
    ))
    .await
    .failed(3, &["UnrecognizedClientException", "security token"]);
    ended(with_cognito(
        &here,
        &["users", "list", "--local"],
        &pool.base_url,
        ACCESS_KEY_ID,
    ))
    .await
    .failed(1, &["nothing runs the stack `dev`"]);
    // A stack of another name is not the one that is deployed.
    ended(with_cognito(
        &here,
        &["users", "list", "--stack", "prod"],
        &pool.base_url,
        ACCESS_KEY_ID,
    ))
    .await
    .failed(
        1,
        &[
            "the stack `prod`",
            "unexpected: stack output --json --stack prod",
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_that_runs_here_is_taken_before_a_deployed_one_unless_that_is_asked_for() {
    let (local, deployed) = (Pool::start().await, Pool::start().await);
    let here = with_local(&local);
    here.outputs(&deployed.outputs());
    let arguments = ["users", "create", "--user", "alice", "--deployed"];
    ended(with_cognito(
        &here,
        &arguments,
        &deployed.base_url,
        ACCESS_KEY_ID,
    ))
    .await
    .done();
    assert!(listed(&here).await.is_empty());
    says(&here, &["users", "list", "--local", "--deployed"])
        .await
        .failed(2, &["cannot be used with"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_come_from_the_aws_cli_where_the_environment_has_none() {
    let pool = Pool::start().await;
    let here = Here::with_outputs(&pool.outputs());
    let list = || {
        let mut command = here.command(&["users", "list", "--json"]);
        command.env("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", &pool.base_url);
        command
    };
    if !["/usr/bin/aws", "/bin/aws"]
        .iter()
        .any(|path| fs::exists(path).unwrap())
    {
        ended(list()).await.failed(
            1,
            &[
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                "the AWS CLI (`aws`) is not on the PATH",
            ],
        );
    }
    here.tool("aws", "echo 'The SSO session has expired' >&2; exit 255");
    ended(list())
        .await
        .failed(1, &["AWS_ACCESS_KEY_ID", "The SSO session has expired"]);
    here.tool("aws", "echo '{\"AccessKeyId\": \"AKIASECRET\"}'");
    let said = ended(list()).await;
    assert!(!said.stderr.contains("AKIASECRET"), "{said:?}");
    said.failed(1, &["prints no credentials"]);
    let exported = json!({
        "Version": 1, "AccessKeyId": ACCESS_KEY_ID, "SecretAccessKey": "x", "SessionToken": "t",
        "Expiration": "2099-01-01T00:00:00Z",
    });
    here.tool(
        "aws",
        &format!(
            "[ \"$*\" = 'configure export-credentials --format process' ] && echo '{exported}'"
        ),
    );
    assert_eq!(ended(list()).await.done().json(), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_that_is_nowhere_is_told_with_both_ways_to_have_one() {
    let here = Here::new();
    let nowhere = [
        "nothing runs the stack `dev`",
        "tidegate dev",
        "is not on the PATH",
    ];
    if !["/usr/bin/pulumi", "/bin/pulumi"]
        .iter()
        .any(|path| fs::exists(path).unwrap())
    {
        says(&here, &["users", "list"]).await.failed(1, &nowhere);
    }
    let here = Here::with_outputs(&json!({"websocketUrl": "wss://…"}));
    says(&here, &["users", "list"])
        .await
        .failed(1, &["does not export what is needed", "clientId"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_local_runtime_has_users() {
    let tidegate = Tidegate::new();
    let _dev = tidegate.dev(&[]).await;
    let made = tidegate
        .run(&["users", "create", "--user", "alice", "--group", "team:red"])
        .await;
    Said::of(&made).done();
    let listed = tidegate.run(&["users", "list", "--json", "--groups"]).await;
    let listed = Said::of(&listed).done().json();
    assert_eq!(
        (&listed[0]["user"], &listed[0]["groups"]),
        (&json!("alice"), &json!(["team:red"]))
    );
    let disabled = tidegate.run(&["users", "disable", "--user", "alice"]).await;
    Said::of(&disabled).done();
    let token = tidegate.run(&["token", "--user", "alice"]).await;
    Said::of(&token).failed(1, &["the user `alice` is disabled"]);
}
