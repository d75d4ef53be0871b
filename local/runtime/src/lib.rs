//! Builds, provisions and serves a program on this machine
