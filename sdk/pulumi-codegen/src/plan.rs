//! What is to be generated: the listed resources, and the types that their inputs reach.

use std::collections::{BTreeMap, BTreeSet};

use crate::Error;
use crate::list::Entry;
use crate::names;
use crate::schema::{FunctionSpec, Package, PropertySpec, ResourceSpec, TypeSpec};
use crate::token::Place;
use crate::types::{self, Nested, Type};

/// Everything that is to be generated.
pub(crate) struct Plan {
    pub(crate) version: String,
    pub(crate) resources: Vec<Resource>,
    pub(crate) functions: Vec<Function>,
    pub(crate) objects: Vec<Object>,
    pub(crate) enums: Vec<Enum>,
}

/// A resource.
pub(crate) struct Resource {
    pub(crate) token: String,
    pub(crate) place: Place,
    pub(crate) inputs: Vec<Property>,
    pub(crate) outputs: Vec<Property>,
    /// The types that it had before.
    pub(crate) earlier_types: Vec<String>,
}

/// A function.
pub(crate) struct Function {
    pub(crate) token: String,
    pub(crate) place: Place,
    pub(crate) inputs: Vec<Property>,
    pub(crate) outputs: Vec<Property>,
}

/// A nested object of an input.
pub(crate) struct Object {
    pub(crate) token: String,
    pub(crate) place: Place,
    pub(crate) inputs: Vec<Property>,
}

/// A property.
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) rust_name: String,
    pub(crate) kind: Type,
    pub(crate) required: bool,
    pub(crate) secret: bool,
    pub(crate) replaces: bool,
    pub(crate) deprecated: bool,
}

/// An enum.
pub(crate) struct Enum {
    pub(crate) token: String,
    pub(crate) place: Place,
    pub(crate) variants: Vec<Variant>,
}

/// A value of an enum.
pub(crate) struct Variant {
    pub(crate) rust_name: String,
    pub(crate) value: String,
    pub(crate) deprecated: bool,
}

/// Methods of a builder that are not properties.
const BUILDER_METHODS: &[&str] = &["build", "create", "options_mut"];
/// Methods of a function's builder that are not arguments.
const FUNCTION_METHODS: &[&str] = &["call", "call_plain", "with"];
/// Fields of a resource that are not properties.
const RESOURCE_FIELDS: &[&str] = &["id", "resource", "urn"];

impl Plan {
    pub(crate) fn new(package: &Package, wanted: &[Entry]) -> Result<Self, Error> {
        let mut plan = Self {
            version: package.version.clone(),
            resources: Vec::new(),
            functions: Vec::new(),
            objects: Vec::new(),
            enums: Vec::new(),
        };
        let mut open = BTreeSet::new();
        for Entry {
            token,
            line,
            without,
        } in wanted
        {
            if let Some(spec) = package.resources.get(token) {
                let mut resource = resource(package, token, spec)?;
                leave_out(&mut resource, without, *line)?;
                open.extend(nested(&resource.inputs));
                plan.resources.push(resource);
            } else if let Some(spec) = package.functions.get(token) {
                let function = function(package, token, spec)?;
                open.extend(nested(&function.inputs));
                plan.functions.push(function);
            } else {
                return Err(Error::UnknownResource {
                    token: token.clone(),
                    line: *line,
                });
            }
        }
        let mut done = BTreeSet::new();
        while let Some(nested_type) = open.pop_first() {
            if !done.insert(nested_type.clone()) {
                continue;
            }
            // A reference was resolved to this token, so the schema has it.
            let Some(spec) = package.types.get(&nested_type.token) else {
                continue;
            };
            match &spec.values {
                Some(_) => plan.enums.push(enumeration(nested_type, spec)?),
                None => {
                    let object = object(package, nested_type, spec)?;
                    open.extend(nested(&object.inputs));
                    plan.objects.push(object);
                }
            }
        }
        plan.resources.sort_by(|a, b| a.place.cmp(&b.place));
        plan.functions.sort_by(|a, b| a.place.cmp(&b.place));
        plan.refuse_clashes()?;
        Ok(plan)
    }

    fn refuse_clashes(&self) -> Result<(), Error> {
        let resources = self.resources.iter().map(|item| (&item.token, &item.place));
        let functions = self.functions.iter().map(|item| (&item.token, &item.place));
        let objects = self.objects.iter().map(|item| (&item.token, &item.place));
        let enums = self.enums.iter().map(|item| (&item.token, &item.place));
        let items = resources
            .chain(functions)
            .chain(objects)
            .chain(enums)
            .map(|(token, place)| (format!("{}::{}", place.module, place.file_stem()), token));
        unique(items)
    }
}

/// An output may have a type that an input does not, and the other way round: a property goes from both.
fn leave_out(resource: &mut Resource, without: &[String], line: usize) -> Result<(), Error> {
    for name in without {
        let known = resource.inputs.iter().any(|input| input.name == *name);
        if !known {
            return Err(Error::UnknownProperty {
                token: resource.token.clone(),
                property: name.clone(),
                line,
            });
        }
    }
    let kept = |property: &Property| !without.contains(&property.name);
    resource.inputs.retain(kept);
    resource.outputs.retain(kept);
    Ok(())
}

fn unique<'a>(items: impl Iterator<Item = (String, &'a String)>) -> Result<(), Error> {
    let mut seen = BTreeMap::new();
    for (name, source) in items {
        if let Some(first) = seen.insert(name.clone(), source) {
            return Err(Error::NameClash {
                name,
                first: first.clone(),
                second: source.clone(),
            });
        }
    }
    Ok(())
}

fn nested(properties: &[Property]) -> impl Iterator<Item = Nested> + '_ {
    properties
        .iter()
        .filter_map(|property| property.kind.nested().cloned())
}

fn resource(package: &Package, token: &str, spec: &ResourceSpec) -> Result<Resource, Error> {
    if spec.is_component {
        return Err(Error::RemoteComponent(token.to_owned()));
    }
    let inputs = Owner {
        package,
        token,
        taken: BUILDER_METHODS,
    };
    let outputs = Owner {
        taken: RESOURCE_FIELDS,
        ..inputs
    };
    Ok(Resource {
        token: token.to_owned(),
        place: Place::of(token)?,
        inputs: inputs.properties(&spec.input_properties, &spec.required_inputs)?,
        outputs: outputs.properties(&spec.properties, &spec.required)?,
        earlier_types: spec
            .aliases
            .iter()
            .filter_map(|alias| alias.type_token.clone())
            .collect(),
    })
}

fn function(package: &Package, token: &str, spec: &FunctionSpec) -> Result<Function, Error> {
    let inputs = Owner {
        package,
        token,
        taken: FUNCTION_METHODS,
    };
    let outputs = Owner {
        taken: &[],
        ..inputs
    };
    Ok(Function {
        token: token.to_owned(),
        place: Place::of(token)?,
        inputs: inputs.properties(&spec.inputs.properties, &spec.inputs.required)?,
        outputs: outputs.properties(&spec.outputs.properties, &spec.outputs.required)?,
    })
}

fn object(package: &Package, nested: Nested, spec: &TypeSpec) -> Result<Object, Error> {
    let owner = Owner {
        package,
        token: &nested.token,
        taken: BUILDER_METHODS,
    };
    Ok(Object {
        inputs: owner.properties(&spec.properties, &spec.required)?,
        token: nested.token,
        place: nested.place,
    })
}

/// Whatever has properties.
#[derive(Clone, Copy)]
struct Owner<'a> {
    package: &'a Package,
    token: &'a str,
    taken: &'a [&'a str],
}

impl Owner<'_> {
    fn properties(
        &self,
        specs: &BTreeMap<String, PropertySpec>,
        required: &BTreeSet<String>,
    ) -> Result<Vec<Property>, Error> {
        if let Some(property) = required.iter().find(|&name| !specs.contains_key(name)) {
            return Err(Error::UnknownRequired {
                owner: self.token.to_owned(),
                property: property.clone(),
            });
        }
        let properties = specs
            .iter()
            .map(|(name, spec)| self.property(name, spec, required.contains(name)))
            .collect::<Result<Vec<_>, _>>()?;
        unique(
            properties
                .iter()
                .map(|property| (property.rust_name.clone(), &property.name)),
        )?;
        Ok(properties)
    }

    fn property(&self, name: &str, spec: &PropertySpec, required: bool) -> Result<Property, Error> {
        let where_ = format!("{}.{name}", self.token);
        if spec.constant.is_some() {
            return Err(Error::UnsupportedType {
                property: where_,
                problem: "a constant".to_owned(),
            });
        }
        Ok(Property {
            name: name.to_owned(),
            rust_name: names::apart_from(names::snake(name), self.taken),
            kind: types::resolve(self.package, &spec.shape, &where_)?,
            required,
            secret: spec.secret,
            replaces: spec.will_replace_on_changes,
            deprecated: spec.deprecation_message.is_some(),
        })
    }
}

fn enumeration(nested: Nested, spec: &TypeSpec) -> Result<Enum, Error> {
    let unsupported = |problem: String| Error::UnsupportedType {
        property: nested.token.clone(),
        problem,
    };
    if spec.kind != "string" {
        return Err(unsupported(format!("an enum of `{}`", spec.kind)));
    }
    let mut variants = Vec::new();
    for spec in spec.values.iter().flatten() {
        let Some(value) = spec.value.as_str() else {
            return Err(unsupported("an enum value that is not a string".to_owned()));
        };
        let name = spec.name.as_deref().unwrap_or(value);
        variants.push(Variant {
            rust_name: names::pascal(name),
            value: value.to_owned(),
            deprecated: spec.deprecation_message.is_some(),
        });
    }
    unique(
        variants
            .iter()
            .map(|variant| (variant.rust_name.clone(), &variant.value)),
    )?;
    Ok(Enum {
        token: nested.token,
        place: nested.place,
        variants,
    })
}
