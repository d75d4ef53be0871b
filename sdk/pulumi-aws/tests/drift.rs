//! The committed bindings are what the generator writes.

use std::path::Path;

#[test]
fn the_committed_bindings_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    if let Err(error) = pulumi_codegen::generate_into(folder, true) {
        panic!("{error}");
    }
}
