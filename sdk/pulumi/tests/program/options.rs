//! What can be said about any resource.

use std::time::Duration;

use pulumi::prelude::*;
use pulumi::{ResourceBuilder, Timeouts, wire};
use pulumi_gestalt_proto::pulumi::pulumirpc::alias::Alias;
use pulumi_gestalt_proto::pulumi::pulumirpc::register_resource_request::CustomTimeouts;

use crate::support::{Fake, urn};

#[tokio::test]
async fn every_option_is_sent() {
    let record = Fake::update()
        .run(|ctx| async move {
            ResourceBuilder::new("shop:index:Shelf", "shelf")
                .protect(true)
                .additional_secret_outputs(&["key"])
                .ignore_changes(&["tags"])
                .replace_on_changes(&["size"])
                .delete_before_replace(false)
                .retain_on_delete(true)
                .aliases(["urn:old"])
                .import("existing")
                .custom_timeouts(Timeouts {
                    create: Some(Duration::from_secs(90)),
                    update: None,
                    delete: Some(Duration::from_millis(1)),
                })
                .version("1.2.3")
                .register(&ctx);
            Ok(())
        })
        .await
        .ok();
    let shelf = record.resource("shelf");
    assert_eq!(shelf.protect, Some(true));
    assert_eq!(shelf.additional_secret_outputs, ["key"]);
    assert_eq!(shelf.ignore_changes, ["tags"]);
    assert_eq!(shelf.replace_on_changes, ["size"]);
    assert!(!shelf.delete_before_replace && shelf.delete_before_replace_defined);
    assert_eq!(shelf.retain_on_delete, Some(true));
    assert_eq!(
        shelf.aliases[0].alias,
        Some(Alias::Urn("urn:old".to_owned()))
    );
    assert!(shelf.alias_ur_ns.is_empty());
    assert_eq!(shelf.import_id, "existing");
    assert_eq!(
        shelf.custom_timeouts,
        Some(CustomTimeouts {
            create: "90s".to_owned(),
            update: String::new(),
            delete: "1000000ns".to_owned(),
        })
    );
    assert_eq!(shelf.version, "1.2.3");
}

#[tokio::test]
async fn what_is_not_said_is_not_decided() {
    let record = Fake::update()
        .run(|ctx| async move {
            ResourceBuilder::new("shop:index:Shelf", "shelf").register(&ctx);
            Ok(())
        })
        .await
        .ok();
    let shelf = record.resource("shelf");
    assert_eq!((shelf.protect, shelf.retain_on_delete), (None, None));
    assert!(!shelf.delete_before_replace_defined);
    assert_eq!(shelf.custom_timeouts, None);
    assert_eq!((shelf.provider.as_str(), shelf.version.as_str()), ("", ""));
    // These say what the SDK can do; the program has no part in them.
    assert!(shelf.custom && shelf.accept_secrets && shelf.accept_resources);
    assert!(shelf.supports_partial_values && shelf.supports_result_reporting);
}

#[tokio::test]
async fn a_provider_is_named_by_its_urn_and_id() {
    let program = |ctx: Context| async move {
        let provider = ResourceBuilder::new("pulumi:providers:shop", "east").register(&ctx);
        ResourceBuilder::new("shop:index:Shelf", "shelf")
            .provider(&provider)
            .register(&ctx);
        Ok(())
    };
    let provider = urn("pulumi:providers:shop", "east");
    let update = Fake::update().run(program).await.ok();
    assert_eq!(
        update.resource("shelf").provider,
        format!("{provider}::east-id")
    );
    let preview = Fake::preview().run(program).await.ok();
    assert_eq!(
        preview.resource("shelf").provider,
        format!("{provider}::{}", wire::UNKNOWN)
    );
}
