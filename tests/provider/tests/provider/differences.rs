//! What has changed, and what it takes.

use pulumi_gestalt_proto::pulumi::pulumirpc as rpc;
use pulumi_gestalt_proto::pulumi::pulumirpc::diff_response::DiffChanges;
use pulumi_gestalt_proto::pulumi::pulumirpc::property_diff::Kind;
use serde_json::{Value, json};

use crate::support::*;

async fn diff(token: &str, old: Value, new: Value, ignore: &[&str]) -> rpc::DiffResponse {
    let engine = Engine::start().await;
    let request = rpc::DiffRequest {
        urn: urn(token, "it"),
        olds: Some(to_struct(&old)),
        old_inputs: Some(to_struct(&old)),
        news: Some(to_struct(&new)),
        ignore_changes: ignore.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    engine
        .client
        .clone()
        .diff(request)
        .await
        .unwrap()
        .into_inner()
}

#[tokio::test]
async fn what_is_the_same_is_no_change() {
    let same = json!({"name": "it", "tags": {"a": "b"}});
    let found = diff(QUEUE, same.clone(), same, &[]).await;
    assert_eq!(found.changes(), DiffChanges::DiffNone);
    assert!(found.detailed_diff.is_empty());
}

#[tokio::test]
async fn a_change_is_told_by_its_path() {
    let old = json!({"name": "it", "delaySeconds": 1, "tags": {"a": "b"}});
    let new = json!({"name": "it", "tags": {"a": "c", "d": "e"}});
    let found = diff(QUEUE, old, new, &[]).await;
    assert_eq!(found.changes(), DiffChanges::DiffSome);
    assert_eq!(found.diffs, ["delaySeconds", "tags"]);
    assert!(found.replaces.is_empty());
    let kind = |path: &str| found.detailed_diff[path].kind();
    assert_eq!(kind("delaySeconds"), Kind::Delete);
    assert_eq!(kind("tags.a"), Kind::Update);
    assert_eq!(kind("tags.d"), Kind::Add);
}

#[tokio::test]
async fn what_identifies_a_resource_replaces_it() {
    let old = json!({"name": "it-0123abc", "hashKey": "a"});
    let new = json!({"name": "it-0123abc", "hashKey": "b"});
    let found = diff(TABLE, old, new, &[]).await;
    assert_eq!(found.replaces, ["hashKey"]);
    assert_eq!(found.detailed_diff["hashKey"].kind(), Kind::UpdateReplace);
    assert!(
        !found.delete_before_replace,
        "the new one gets a name of its own"
    );
}

#[tokio::test]
async fn with_a_chosen_name_the_old_one_goes_before_the_new_one_comes() {
    let old = json!({"name": "chosen", "hashKey": "a"});
    let new = json!({"name": "chosen", "hashKey": "b"});
    assert!(
        diff(TABLE, old.clone(), new, &[])
            .await
            .delete_before_replace
    );
    let renamed = json!({"name": "other", "hashKey": "b"});
    assert!(!diff(TABLE, old, renamed, &[]).await.delete_before_replace);
}

#[tokio::test]
async fn what_is_to_be_ignored_is_no_change() {
    let old = json!({"name": "it", "hashKey": "a", "tags": {"a": "b"}});
    let new = json!({"name": "it", "hashKey": "b", "tags": {"a": "c"}});
    let found = diff(TABLE, old, new, &["hashKey", "tags.a"]).await;
    assert_eq!(found.changes(), DiffChanges::DiffNone);
    assert!(found.replaces.is_empty());
}

#[tokio::test]
async fn another_region_replaces_the_provider() {
    let engine = Engine::start().await;
    let request = rpc::DiffRequest {
        olds: Some(to_struct(&json!({"region": "us-east-1"}))),
        news: Some(to_struct(&json!({"region": "eu-central-1"}))),
        ..Default::default()
    };
    let found = engine
        .client
        .clone()
        .diff_config(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(found.replaces, ["region"]);
}
