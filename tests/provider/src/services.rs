//! What is known of each type of resource: a file for each service, and here what they have in common.

mod acm;
mod aliases;
mod apigateway;
mod apigatewayv2;
mod cloudfront;
mod cloudwatch;
mod cognito;
mod domains;
mod dynamodb;
mod events;
mod iam;
mod kind;
mod lambda;
mod logs;
mod route53;
mod sns;
mod sqs;
mod wafv2;

pub(crate) use kind::{Kind, Making, Proposal};

/// A file for each service.
static ALL: [&[Kind]; 17] = [
    acm::KINDS,
    aliases::KINDS,
    apigateway::KINDS,
    apigatewayv2::KINDS,
    cloudfront::KINDS,
    cloudwatch::KINDS,
    cognito::KINDS,
    domains::KINDS,
    dynamodb::KINDS,
    events::KINDS,
    iam::KINDS,
    lambda::KINDS,
    logs::KINDS,
    route53::KINDS,
    sns::KINDS,
    sqs::KINDS,
    wafv2::KINDS,
];

fn all() -> impl Iterator<Item = &'static Kind> {
    ALL.iter().flat_map(|kinds| kinds.iter())
}

/// What is known of a type.
pub(crate) fn kind(type_token: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.token == type_token)
}

/// The types that are known.
pub fn known_types() -> impl Iterator<Item = &'static str> {
    all().map(|kind| kind.token)
}
