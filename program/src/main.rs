//! The Pulumi program: the only description of the system

fn main() {}
