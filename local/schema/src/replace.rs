//! Which changes make another resource.

use super::spec::PropertySpec;
use super::{Misfit, Schema};

impl Schema<'_> {
    /// Whether a change at this path makes another resource: of the property, or of anything that it is in. Indexes
    /// and the keys of maps are parts of the path like any other.
    ///
    /// # Errors
    ///
    /// When there is no such type.
    pub fn replaces(&self, type_token: &str, path: &[String]) -> Result<bool, Misfit> {
        let resource = self.resource(type_token)?;
        let Some((first, rest)) = path.split_first() else {
            return Ok(false);
        };
        match resource.input_properties.get(first.as_str()) {
            Some(spec) => self.replaces_within(spec, rest),
            None => Ok(false),
        }
    }

    fn replaces_within(&self, spec: &PropertySpec<'_>, path: &[String]) -> Result<bool, Misfit> {
        if spec.will_replace_on_changes {
            return Ok(true);
        }
        let Some((first, rest)) = path.split_first() else {
            return Ok(false);
        };
        if let Some(inner) = spec.items.as_ref().or(spec.additional_properties.as_ref()) {
            return self.replaces_within(inner, rest);
        }
        let token = spec.reference.and_then(|r| r.strip_prefix("#/types/"));
        let Some(token) = token else {
            return Ok(false);
        };
        match self.named_type(token)?.properties.get(first.as_str()) {
            Some(inner) => self.replaces_within(inner, rest),
            None => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::aws;

    fn replaces(type_token: &str, path: &str) -> bool {
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        aws().unwrap().replaces(type_token, &path).unwrap()
    }

    #[test]
    fn a_change_of_what_identifies_a_resource_replaces_it() {
        assert!(replaces("aws:dynamodb/table:Table", "hashKey"));
        assert!(!replaces("aws:dynamodb/table:Table", "billingMode"));
        assert!(!replaces("aws:dynamodb/table:Table", "tags.team"));
    }

    #[test]
    fn a_change_deep_inside_replaces_too() {
        let pool = "aws:cognito/userPool:UserPool";
        assert!(replaces(pool, "usernameConfiguration.caseSensitive"));
        assert!(replaces(pool, "aliasAttributes.0"));
        assert!(!replaces(pool, "passwordPolicy.minimumLength"));
    }
}
