//! The configuration of the stack, as a program reads it.

use pulumi::ConfigError;

use crate::support::{Fake, object, secret};

fn fake() -> Fake {
    Fake::update()
        .config("shop:shelves", "3")
        .config("shop:owner", "0123")
        .config("shop:rooms", r#"["a","b"]"#)
        .config("aws:region", "eu-central-1")
        .secret_config("shop:key", "hunter2")
}

#[tokio::test]
async fn values_are_read_as_the_program_wants_them() {
    fake()
        .run(|ctx| async move {
            let config = ctx.config();
            assert_eq!(config.require::<u32>("shelves")?, 3);
            assert_eq!(config.require::<String>("owner")?, "0123");
            assert_eq!(config.require::<Vec<String>>("rooms")?, ["a", "b"]);
            assert_eq!(config.get::<String>("absent")?, None);
            assert_eq!(
                ctx.config_of("aws").require::<String>("region")?,
                "eu-central-1"
            );
            Ok(())
        })
        .await
        .ok();
}

#[tokio::test]
async fn a_missing_value_says_how_to_set_it() {
    let run = fake()
        .run(|ctx| async move {
            ctx.config().require::<String>("absent")?;
            Ok(())
        })
        .await;
    assert!(
        run.reports()[0].contains("pulumi config set shop:absent <value>"),
        "{:?}",
        run.reports()
    );
}

#[tokio::test]
async fn a_value_of_another_type_is_an_error_that_names_the_key() {
    fake()
        .run(|ctx| async move {
            let error = ctx.config().require::<bool>("shelves").unwrap_err();
            assert!(error.to_string().contains("`shop:shelves`"), "{error}");
            Ok(())
        })
        .await
        .ok();
}

#[tokio::test]
async fn a_secret_is_read_only_as_one() {
    let record = fake()
        .run(|ctx| async move {
            let error = ctx.config().get::<String>("key").unwrap_err();
            assert!(matches!(error, ConfigError::Secret { .. }));
            ctx.export("key", ctx.config().require_secret::<String>("key")?);
            Ok(())
        })
        .await
        .ok();
    assert_eq!(record.exports(), object([("key", secret("hunter2"))]));
}

#[tokio::test]
async fn an_error_about_a_secret_does_not_show_it() {
    fake()
        .run(|ctx| async move {
            let error = ctx.config().require_secret::<u32>("key").unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
            let missing = ctx.config().require_secret::<u32>("absent").unwrap_err();
            assert!(missing.to_string().contains("--secret"), "{missing}");
            Ok(())
        })
        .await
        .ok();
}

#[tokio::test]
async fn a_mistyped_key_is_found() {
    fake()
        .config("shop:shelfs", "4")
        .run(|ctx| async move {
            let known = ["shelves", "owner", "rooms", "key"];
            let error = ctx.config().unknown_keys(&known).unwrap_err().to_string();
            assert!(
                error.contains("`shop:shelfs` (did you mean `shop:shelves`?)"),
                "{error}"
            );
            assert!(error.contains("`owner`, `rooms`"), "{error}");
            Ok(())
        })
        .await
        .ok();
    let known = ["shelves", "owner", "rooms", "key"];
    fake()
        .run(|ctx| async move { Ok(ctx.config().unknown_keys(&known)?) })
        .await
        .ok();
}
