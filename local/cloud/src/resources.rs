//! One file for each type of resource: what is read of its inputs, and what AWS answers.

pub(crate) mod alias;
pub(crate) mod api;
pub(crate) mod authorizer;
pub(crate) mod deployment;
pub(crate) mod event_source_mapping;
pub(crate) mod function;
pub(crate) mod integration;
pub(crate) mod integration_response;
pub(crate) mod log_group;
pub(crate) mod permission;
pub(crate) mod provisioned_concurrency;
pub(crate) mod queue;
pub(crate) mod redrive_allow_policy;
pub(crate) mod role;
pub(crate) mod role_policy;
pub(crate) mod route;
pub(crate) mod route_response;
pub(crate) mod stage;
pub(crate) mod table;
pub(crate) mod user_pool;
pub(crate) mod user_pool_client;
