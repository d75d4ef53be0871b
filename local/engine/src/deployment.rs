//! What a program registered.

use std::collections::BTreeMap;

use pulumi::PropertyValue;
use tidegate_local_cloud::Cloud;

/// A finished run.
#[derive(Debug)]
pub struct Deployment {
    /// The resources, in the order in which they were registered: each after what it depends on.
    pub resources: Vec<Resource>,
    /// The outputs of the stack.
    pub outputs: BTreeMap<String, PropertyValue>,
    /// The cloud with everything that was made in it.
    pub cloud: Cloud,
}

/// A resource: all that the program said of it, and what it was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its URN.
    pub urn: String,
    /// The token of its type.
    pub type_token: String,
    /// Its name in the program.
    pub name: String,
    /// Whether a provider manages it; components and the stack are there only to group others.
    pub custom: bool,
    /// The URN of what it stands in.
    pub parent: Option<String>,
    /// The id that the provider gave it.
    pub id: Option<String>,
    /// Its inputs. Secrets are marked as such.
    pub inputs: BTreeMap<String, PropertyValue>,
    /// Its outputs: the provider's, or what a component registered.
    pub outputs: BTreeMap<String, PropertyValue>,
    /// The URNs of all that it depends on.
    pub dependencies: Vec<String>,
    /// The URNs of what each property depends on.
    pub property_dependencies: BTreeMap<String, Vec<String>>,
    /// Everything else that was said of it.
    pub options: Options,
}

/// The options of a resource. Those that matter only once there is something to update or to delete have no effect in
/// a first run; they are kept for who looks at the plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Whether it is protected from deletion.
    pub protect: Option<bool>,
    /// The version of the provider.
    pub version: Option<String>,
    /// Whether a replacement deletes before it creates.
    pub delete_before_replace: Option<bool>,
    /// Properties whose changes are ignored.
    pub ignore_changes: Vec<String>,
    /// Properties whose changes replace it.
    pub replace_on_changes: Vec<String>,
    /// Outputs that are secrets beside those that the schema names.
    pub additional_secret_outputs: Vec<String>,
    /// What it was called before.
    pub aliases: Vec<Alias>,
    /// How long operations may take, as Go writes durations.
    pub custom_timeouts: Option<CustomTimeouts>,
    /// Whether it stays when it is removed from the stack.
    pub retain_on_delete: Option<bool>,
    /// The resource with whose deletion it is gone.
    pub deleted_with: Option<String>,
    /// The resources whose replacement replaces it.
    pub replace_with: Vec<String>,
    /// A value whose change replaces it.
    pub replacement_trigger: Option<PropertyValue>,
    /// Properties whose changes are not shown.
    pub hide_diffs: Vec<String>,
}

/// How long operations may take; empty for the provider's own limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomTimeouts {
    /// To create it.
    pub create: String,
    /// To update it.
    pub update: String,
    /// To delete it.
    pub delete: String,
}

/// What a resource was called before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alias {
    /// By its URN.
    Urn(String),
    /// By what was different; nothing stands for what was not.
    Spec {
        /// Its name.
        name: Option<String>,
        /// The token of its type.
        type_token: Option<String>,
        /// Its stack.
        stack: Option<String>,
        /// Its project.
        project: Option<String>,
        /// What it stood in.
        parent: AliasParent,
    },
}

/// What a resource stood in before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AliasParent {
    /// What it stands in now.
    Same,
    /// Nothing.
    None,
    /// The resource of this URN.
    Urn(String),
}
