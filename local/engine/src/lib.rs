//! The embedded Pulumi engine
