//! `pulumi-resource-aws`: what the Pulumi engine starts where it looks for the AWS provider.

use std::net::Ipv4Addr;

use tidegate_test_provider::{Environment, Server};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // The engine hands over its address, which is of use only to who logs through it.
    let server = Server::bind(Ipv4Addr::LOCALHOST, Environment::read()).await?;
    // It reads the port from the first line.
    println!("{}", server.address()?.port());
    server.serve().await?;
    Ok(())
}
