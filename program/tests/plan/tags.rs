//! Tags, by which costs are told apart.

use serde_json::Value;

use crate::support::{every_plan, input, run};

/// Whether the provider's schema has tags for a type.
fn can_bear_tags(schema: &Value, type_token: &str) -> bool {
    !schema["resources"][type_token]["inputProperties"]["tags"].is_null()
}

#[test]
fn all_that_can_bear_tags_says_whose_it_is() {
    let schema: Value = serde_json::from_str(pulumi_aws::SCHEMA).unwrap();
    every_plan(|deployment| {
        let mut tagged = 0;
        for resource in &deployment.resources {
            if !can_bear_tags(&schema, &resource.type_token) {
                continue;
            }
            let tags = input(resource, "tags");
            assert_eq!(tags["tidegate:project"], "tidegate", "{}", resource.urn);
            assert_eq!(tags["tidegate:stack"], "dev", "{}", resource.urn);
            let component = tags["tidegate:component"].as_str().unwrap_or_default();
            let parent = resource.parent.as_ref().map(ToString::to_string);
            let parent = parent.unwrap_or_default();
            assert!(
                parent.ends_with(&format!("::{component}")),
                "{parent}: {component}"
            );
            tagged += 1;
        }
        assert!(tagged >= 16, "{tagged}");
    });
}

#[test]
fn tags_of_the_configuration_are_on_everything_too() {
    let schema: Value = serde_json::from_str(pulumi_aws::SCHEMA).unwrap();
    let config = [("tags", r#"{"cost centre": "chat/eu"}"#)].into();
    let deployment = run(&config).unwrap();
    for resource in &deployment.resources {
        if can_bear_tags(&schema, &resource.type_token) {
            assert_eq!(
                input(resource, "tags")["cost centre"],
                "chat/eu",
                "{}",
                resource.urn
            );
        }
    }
}
