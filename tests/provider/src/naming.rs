//! Names that the provider gives where the program gives none: the logical name and seven hex digits.

use pulumi_gestalt_proto::pulumi::pulumirpc::check_request::AutonamingOptions;
use pulumi_gestalt_proto::pulumi::pulumirpc::check_request::autonaming_options::Mode;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::wire::Properties;

/// How many digits tell two resources of one logical name from each other.
const DIGITS: usize = 7;

/// The property that holds a resource's name, if the provider gives one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AutoName {
    /// The property.
    pub(crate) property: &'static str,
    /// The property that, if given, makes the name in the real provider.
    pub(crate) unless: Option<&'static str>,
    /// The most letters that it may have.
    pub(crate) longest: usize,
}

/// What a name is made of.
pub(crate) struct Seed<'a> {
    /// The name in the program.
    pub(crate) logical: &'a str,
    /// The engine's: the same in preview and deployment, another for a replacement.
    pub(crate) random: &'a [u8],
    /// How the project wants its names, if it says so.
    pub(crate) options: Option<&'a AutonamingOptions>,
}

impl AutoName {
    /// Gives the name, the old one if there is one. `Err` is for a project that forbids names to be made up.
    pub(crate) fn apply(
        self,
        inputs: &mut Properties,
        old: &Properties,
        seed: &Seed<'_>,
    ) -> Result<(), String> {
        let given = |name: &str| inputs.contains_key(name);
        if given(self.property) || self.unless.is_some_and(given) {
            return Ok(());
        }
        let kept = old.get(self.property).filter(|old| {
            old.as_str().is_some_and(|old| is_made(old, seed.logical)) || seed.options.is_some()
        });
        let name = match (kept, seed.options) {
            (Some(old), _) => old.clone(),
            (None, Some(options)) if options.mode() == Mode::Disable => {
                return Err(format!(
                    "`{}` must be given: this project has automatic naming turned off",
                    self.property
                ));
            }
            (None, Some(options)) => json!(options.proposed_name),
            (None, None) => json!(self.make(seed)),
        };
        inputs.insert(self.property.to_owned(), name);
        Ok(())
    }

    fn make(self, seed: &Seed<'_>) -> String {
        let mut digest = Sha256::new();
        digest.update(seed.random);
        digest.update(seed.logical);
        let digits = digest.finalize();
        let digits: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
        let room = self.longest.saturating_sub(DIGITS + 1);
        let prefix: String = seed.logical.chars().take(room).collect();
        format!("{prefix}-{}", &digits[..DIGITS])
    }
}

/// Whether a name is one that was made for this logical name.
pub(crate) fn is_made(name: &str, logical: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(prefix, digits)| {
        logical.starts_with(prefix)
            && !prefix.is_empty()
            && digits.len() == DIGITS
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: AutoName = AutoName {
        property: "name",
        unless: Some("namePrefix"),
        longest: 20,
    };

    fn named(inputs: serde_json::Value, old: serde_json::Value, random: &[u8]) -> Properties {
        let (serde_json::Value::Object(mut inputs), serde_json::Value::Object(old)) = (inputs, old)
        else {
            panic!("objects");
        };
        let seed = Seed {
            logical: "registry",
            random,
            options: None,
        };
        NAME.apply(&mut inputs, &old, &seed).unwrap();
        inputs
    }

    #[test]
    fn a_name_is_the_logical_name_and_digits_of_the_engines_seed() {
        let first = named(json!({}), json!({}), b"1");
        let name = first["name"].as_str().unwrap();
        assert!(is_made(name, "registry"), "{name}");
        assert_eq!(first, named(json!({}), json!({}), b"1"));
        assert_ne!(first, named(json!({}), json!({}), b"2"));
    }

    #[test]
    fn a_name_that_was_made_is_kept_and_one_that_was_given_is_not() {
        let made = json!({"name": "registry-0123abc"});
        assert_eq!(
            named(json!({}), made.clone(), b"1"),
            *made.as_object().unwrap()
        );
        let name = named(json!({}), json!({"name": "chosen"}), b"1")["name"].clone();
        assert_ne!(name, "chosen");
    }

    #[test]
    fn a_name_that_is_given_stays() {
        let chosen = json!({"name": "chosen"});
        let stays = named(chosen.clone(), json!({"name": "registry-0123abc"}), b"1");
        assert_eq!(stays, *chosen.as_object().unwrap());
        let prefix = json!({"namePrefix": "my-"});
        assert_eq!(
            named(prefix.clone(), json!({}), b"1"),
            *prefix.as_object().unwrap()
        );
    }

    #[test]
    fn a_long_name_is_cut() {
        let seed = Seed {
            logical: "a-very-long-logical-name",
            random: b"1",
            options: None,
        };
        assert_eq!(NAME.make(&seed).len(), 20);
    }
}
