//! `runtime.options` of Pulumi.yaml.

use std::path::PathBuf;

use prost_types::value::Kind;
use prost_types::{Struct, Value};

use crate::error::{Error, closest};

/// Every option that there is.
pub(crate) const NAMES: [&str; 3] = ["binary", "package", "profile"];

/// How a program is to be built, or what to run instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// An executable, from the folder of Pulumi.yaml: it is run as it is, and nothing is built.
    pub(crate) binary: Option<PathBuf>,
    /// The package of the program, in a workspace that has several with an executable.
    pub(crate) package: Option<String>,
    /// The profile to build with; cargo's own default is `dev`.
    pub(crate) profile: Option<String>,
}

impl Options {
    /// Reads them.
    ///
    /// # Errors
    /// When one is unknown, or no text.
    pub(crate) fn parse(options: Option<&Struct>) -> Result<Self, Error> {
        let mut parsed = Self::default();
        for (name, value) in options.into_iter().flat_map(|options| &options.fields) {
            match name.as_str() {
                "binary" => parsed.binary = text("binary", value)?.map(PathBuf::from),
                "package" => parsed.package = text("package", value)?,
                "profile" => parsed.profile = text("profile", value)?,
                _ => {
                    return Err(Error::UnknownOption {
                        option: name.clone(),
                        suggestion: closest(name, &NAMES),
                    });
                }
            }
        }
        Ok(parsed)
    }
}

fn text(option: &'static str, value: &Value) -> Result<Option<String>, Error> {
    let found = match &value.kind {
        None | Some(Kind::NullValue(_)) => return Ok(None),
        Some(Kind::StringValue(text)) if text.trim().is_empty() => "empty",
        Some(Kind::StringValue(text)) => return Ok(Some(text.clone())),
        Some(Kind::NumberValue(_)) => "a number",
        Some(Kind::BoolValue(_)) => "a truth value",
        Some(Kind::StructValue(_)) => "a mapping",
        Some(Kind::ListValue(_)) => "a list",
    };
    Err(Error::OptionType { option, found })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fields: &[(&str, Kind)]) -> Result<Options, String> {
        let fields = fields.iter().map(|(name, kind)| {
            let kind = Some(kind.clone());
            ((*name).to_owned(), Value { kind })
        });
        let options = Struct {
            fields: fields.collect(),
        };
        Options::parse(Some(&options)).map_err(|error| error.to_string())
    }

    fn text(text: &str) -> Kind {
        Kind::StringValue(text.to_owned())
    }

    #[test]
    fn every_option_is_read() {
        let options = parse(&[
            ("binary", text("bin/shop")),
            ("package", text("shop")),
            ("profile", text("release")),
        ]);
        let options = options.unwrap();
        assert_eq!(options.binary, Some(PathBuf::from("bin/shop")));
        assert_eq!(options.package.as_deref(), Some("shop"));
        assert_eq!(options.profile.as_deref(), Some("release"));
    }

    #[test]
    fn a_program_needs_no_options() {
        assert_eq!(Options::parse(None).unwrap(), Options::default());
        let null = parse(&[("package", Kind::NullValue(0))]);
        assert_eq!(null.unwrap(), Options::default());
    }

    #[test]
    fn an_unknown_option_is_named_with_what_may_have_been_meant() {
        assert_eq!(
            parse(&[("packge", text("shop"))]).unwrap_err(),
            "there is no option `packge` for `runtime: rust`; did you mean `package`?"
        );
        assert_eq!(
            parse(&[("typescript", Kind::BoolValue(true))]).unwrap_err(),
            "there is no option `typescript` for `runtime: rust`; there are `binary`, `package`, `profile`"
        );
    }

    #[test]
    fn an_option_of_another_type_is_refused() {
        assert_eq!(
            parse(&[("profile", Kind::BoolValue(true))]).unwrap_err(),
            "the option `profile` of `runtime: rust` must be a text, and it is a truth value"
        );
        assert!(parse(&[("package", text(" "))]).is_err());
    }
}
