//! The commands in the pages of `docs/` are ones that there are.

use clap::Parser;
use tidegate_test_pages::blocks_in;

use crate::arguments::Arguments;

#[test]
fn every_command_in_the_pages_is_one_that_there_is() {
    for block in blocks_in("sh") {
        for line in block.text.lines().filter(|line| !line.is_empty()) {
            let words = line.split_whitespace();
            let read = Arguments::try_parse_from(words);
            assert!(
                line.starts_with("tidegate ") && read.is_ok(),
                "{}: `{line}`: {}",
                block.place(),
                read.err()
                    .map_or("it is no tidegate".to_owned(), |error| error.to_string())
            );
        }
    }
}
