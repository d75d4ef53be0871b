//! No tracked file knows a machine: neither a path on it nor the registry it downloads from.

use std::path::Path;

use crate::tidy::Violation;
use crate::tidy::tracked::File;

// Each in two parts, so that this file does not break its own rule.
const HOSTS: [&str; 9] = [
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("pypi.", "org"),
    concat!("files.", "pythonhosted.org"),
    concat!("proxy.", "golang.org"),
    concat!("repo1.", "maven.org"),
    concat!("deb.", "debian.org"),
];
const HOMES: [&str; 2] = [concat!("/ho", "me/"), concat!("/Use", "rs/")];
const ROOT_HOME: &str = concat!("/ro", "ot/");
const TEMPORARY: &str = concat!("/tm", "p/");

/// The machine that the rules run on.
pub(crate) struct Machine {
    /// Its own paths: the checkout's and the user's.
    own: Vec<String>,
}

impl Machine {
    /// A machine with the workspace here and the user's files there.
    pub(crate) fn new(root: &Path, home: Option<&Path>) -> Self {
        let own = std::iter::once(root)
            .chain(home)
            // One folder below `/` is a word that may stand in any text: `/app`, `/src`.
            .filter(|path| path.components().count() > 2)
            .map(|path| path.to_string_lossy().into_owned())
            .collect();
        Self { own }
    }

    /// The lines of a file that name a machine's path or a registry's host.
    pub(crate) fn violations(&self, file: &File) -> Vec<Violation> {
        let lines = file.text.lines().enumerate();
        lines
            .filter_map(|(index, line)| {
                let place = format!("{}:{}", file.path, index + 1);
                if let Some(host) = HOSTS.iter().find(|host| line.contains(**host)) {
                    return Some(Violation {
                        rule: "no registry hosts",
                        place,
                        what: format!("names {host}"),
                        remedy: "name the package and let the client find its registry; for npm's \
                                 lock file: `omit-lockfile-registry-resolved=true` in .npmrc"
                            .into(),
                    });
                }
                self.path_in(line).map(|path| Violation {
                    rule: "no machine paths",
                    place,
                    what: format!("names the path {path}"),
                    remedy: "make it relative to the workspace, or take it as an argument".into(),
                })
            })
            .collect()
    }

    fn path_in(&self, line: &str) -> Option<String> {
        let own = self.own.iter().find(|path| line.contains(path.as_str()));
        own.cloned()
            .or_else(|| below(line, ROOT_HOME, 0))
            .or_else(|| HOMES.iter().find_map(|home| below(line, home, 1)))
            // A file right in the temporary folder is what a Lambda has, and documents may say so.
            .or_else(|| below(line, TEMPORARY, 1))
    }
}

/// An absolute path that begins with `start` and goes at least `deeper` folders below it.
fn below(line: &str, start: &str, deeper: usize) -> Option<String> {
    let mut hits = line.match_indices(start);
    hits.find_map(|(at, _)| {
        let before = line[..at].chars().next_back();
        // Part of a longer path or of an address.
        if before.is_some_and(|char| char.is_alphanumeric() || "}>)._-/~".contains(char)) {
            return None;
        }
        let path: String = line[at..]
            .chars()
            .take_while(|char| char.is_alphanumeric() || "/._-".contains(*char))
            .collect();
        let folders = path[start.len()..].matches('/').count();
        (folders >= deeper).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Option<String> {
        let machine = Machine::new(Path::new("/srv/checkout"), None);
        let file = File {
            path: "a.md".into(),
            text: line.into(),
        };
        machine.violations(&file).pop().map(|found| found.what)
    }

    #[test]
    fn the_path_of_this_checkout_is_found() {
        assert!(found("see /srv/checkout/README.md").is_some());
    }

    #[test]
    fn somebodys_home_is_found_and_a_placeholder_is_not() {
        assert_eq!(
            found(&format!("at {}ann/x.txt.", HOMES[0])),
            Some(format!("names the path {}ann/x.txt.", HOMES[0]))
        );
        assert!(found(&format!("`{ROOT_HOME}x`")).is_some());
        assert!(found(&format!("{}<user>/x", HOMES[1])).is_none());
        assert!(found(&format!("https://example.com{ROOT_HOME}x")).is_none());
    }

    #[test]
    fn folders_in_the_temporary_folder_are_found_and_the_folder_itself_is_not() {
        assert!(found(&format!("cd {TEMPORARY}jobs/7")).is_some());
        assert!(found(&format!("a Lambda may write to {TEMPORARY}cache")).is_none());
    }

    #[test]
    fn a_registrys_host_is_found() {
        assert!(found(&format!("https://{}/x", HOSTS[2])).is_some());
        assert!(found("published on crates.io and npm").is_none());
    }

    #[test]
    fn a_checkout_right_below_the_root_forbids_no_word() {
        let machine = Machine::new(Path::new("/app"), None);
        assert!(machine.own.is_empty());
    }
}
