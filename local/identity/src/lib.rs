//! The Cognito user pool as a local OIDC issuer
