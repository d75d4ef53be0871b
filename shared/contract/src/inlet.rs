//! What the rules of EventBridge put into the queue of publications, beside what backends put there themselves.
//!
//! A message is a publication, or an event as EventBridge writes it, whole: what has a `detail-type` is an event. Of one
//! that a stack's own rule takes, `detail` is the publication and `id` tells it from another; one of [`COGNITO_SOURCE`]
//! tells that a user's tokens end.

/// The `source` of what Cognito says of itself. Nobody else's events can have it: `aws.` is AWS's own.
pub const COGNITO_SOURCE: &str = "aws.cognito-idp";
/// The `detail-type` of an API call that CloudTrail saw. There are none without a trail.
pub const CLOUDTRAIL_DETAIL_TYPE: &str = "AWS API Call via CloudTrail";
/// The `eventSource` in the `detail` of such an event.
pub const COGNITO_EVENT_SOURCE: &str = "cognito-idp.amazonaws.com";

/// The calls (`eventName`) after which a user's sockets must end. Each names the pool in `requestParameters.userPoolId` and
/// the user in `additionalEventData.sub`. A user's own `GlobalSignOut` names no pool, and `RevokeToken` neither pool nor user,
/// only an app client: nobody could tell whose sockets they are about, so they are not handled.
pub const REVOKING_CALLS: [&str; 3] = [
    "AdminUserGlobalSignOut",
    "AdminDisableUser",
    "AdminDeleteUser",
];
