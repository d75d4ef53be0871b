//! The message function with its store and sender in memory.

use tidegate_lambda::Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> anyhow::Result<()> {
    tidegate_test_handler::serve()
}
