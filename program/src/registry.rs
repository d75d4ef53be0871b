//! The registry: one DynamoDB table for sessions, subscriptions, histories and all else that is kept.

use pulumi::{Component, Output, Scope, WithOptions};
use pulumi_aws::dynamodb::{Table, TableAttribute, TablePointInTimeRecovery, TableTtl};
use tidegate_contract::table::{PARTITION_KEY, SORT_KEY, TIME_TO_LIVE};

use crate::policy::Allow;
use crate::settings::RegistrySettings;
use crate::tags::Tags;

/// The table.
pub(crate) struct Registry {
    pub(crate) table: Output<String>,
    /// The Region that the stack is in.
    pub(crate) region: Output<String>,
    arn: Output<String>,
}

impl Registry {
    pub(crate) fn new(scope: &dyn Scope, settings: &RegistrySettings, tags: &Tags) -> Self {
        let component = Component::builder("tidegate:registry:Registry", "registry").create(scope);
        let key = |name: &str| TableAttribute::builder().name(name).type_("S").build();
        let table = Table::builder("registry")
            .billing_mode("PAY_PER_REQUEST")
            .hash_key(PARTITION_KEY)
            .range_key(SORT_KEY)
            .attributes([key(PARTITION_KEY), key(SORT_KEY)])
            .ttl(
                TableTtl::builder()
                    .attribute_name(TIME_TO_LIVE)
                    .enabled(true)
                    .build(),
            )
            .point_in_time_recovery(
                TablePointInTimeRecovery::builder()
                    .enabled(settings.point_in_time_recovery)
                    .build(),
            )
            .deletion_protection_enabled(settings.deletion_protection)
            .tags(tags.of("registry"))
            // Pulumi says so before AWS does, and how to go on.
            .protect(settings.deletion_protection)
            .create(&component);
        component.register_outputs([("table", &table.name)]);
        Self {
            table: table.name,
            region: table.region,
            arn: table.arn,
        }
    }

    /// Doing this with the table.
    pub(crate) fn allow(&self, actions: &'static [&'static str]) -> Allow {
        Allow {
            actions,
            resources: vec![self.arn.clone()],
        }
    }
}
