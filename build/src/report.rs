//! What people are told of a build.

use std::fmt::Write;

use tidegate_contract::manifest::Zip;

use crate::Build;

/// How large a package may be before it is remarked on, in bytes: every cold start loads it.
const LARGE: u64 = 2_500_000;

/// The packages, with their sizes and how these have changed.
pub(crate) fn table(build: &Build) -> String {
    let mut rows = vec![["function", "zip size", "change"].map(str::to_owned)];
    for (name, Zip { bytes, .. }) in &build.manifest.functions {
        let change = change(build.before.get(name).copied(), *bytes);
        rows.push([name.clone(), kilobytes(*bytes), change]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let [name, size, change] = [0, 1, 2].map(width);
    rows.iter().fold(String::new(), |mut text, row| {
        let _written = writeln!(
            text,
            "{:name$}  {:>size$}  {:>change$}",
            row[0], row[1], row[2]
        );
        text
    })
}

/// What is larger than it should be.
pub(crate) fn warnings(build: &Build) -> Vec<String> {
    let large = build
        .manifest
        .functions
        .iter()
        .filter(|(_, zip)| zip.bytes > LARGE);
    let warning = |(name, zip): (&String, &Zip)| {
        format!(
            "{name}.zip has {}, more than {}: every cold start loads it (`cargo bloat` tells what is in it)",
            kilobytes(zip.bytes),
            kilobytes(LARGE)
        )
    };
    large.map(warning).collect()
}

fn change(before: Option<u64>, now: u64) -> String {
    let Some(before) = before else {
        return "new".to_owned();
    };
    let sign = if now < before { '-' } else { '+' };
    match now.abs_diff(before) {
        0 => "same".to_owned(),
        bytes @ ..1000 => format!("{sign}{bytes} B"),
        bytes => format!("{sign}{}", kilobytes(bytes)),
    }
}

/// Rounded, with a comma at the thousands.
fn kilobytes(bytes: u64) -> String {
    let kilobytes = (bytes + 500) / 1000;
    match kilobytes / 1000 {
        0 => format!("{kilobytes} kB"),
        thousands => format!("{thousands},{:03} kB", kilobytes % 1000),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use tidegate_contract::architecture::Architecture;
    use tidegate_contract::manifest::Zips;

    use super::*;

    fn build(sizes: [(&str, u64, Option<u64>); 3]) -> Build {
        let zip = |bytes| Zip {
            zip: PathBuf::new(),
            sha256: String::new(),
            bytes,
        };
        let now = sizes.map(|(name, bytes, _)| (name.to_owned(), zip(bytes)));
        let before = sizes
            .into_iter()
            .filter_map(|(name, _, bytes)| Some((name.to_owned(), bytes?)));
        Build {
            manifest: Zips {
                architecture: Architecture::Arm64,
                functions: BTreeMap::from(now),
            },
            root: PathBuf::new(),
            fresh: false,
            before: before.collect(),
        }
    }

    #[test]
    fn sizes_stand_under_each_other_with_how_they_changed() {
        let build = build([
            ("authorizer", 1_043_211, Some(1_043_211)),
            ("connect", 998_400, Some(1_001_900)),
            ("message", 2_345_678, None),
        ]);
        assert_eq!(
            table(&build),
            "function    zip size  change\n\
             authorizer  1,043 kB    same\n\
             connect       998 kB   -4 kB\n\
             message     2,346 kB     new\n"
        );
    }

    #[test]
    fn what_is_too_large_is_named() {
        let build = build([
            ("authorizer", 2_500_000, None),
            ("connect", 1, None),
            ("message", 2_600_000, None),
        ]);
        let warnings = warnings(&build);
        assert_eq!(warnings.len(), 1);
        assert!(
            warnings[0].starts_with("message.zip has 2,600 kB"),
            "{warnings:?}"
        );
    }

    #[test]
    fn a_small_change_is_told_in_bytes() {
        assert_eq!(change(Some(1000), 1012), "+12 B");
        assert_eq!(change(Some(10_000), 8000), "-2 kB");
    }
}
