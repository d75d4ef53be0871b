//! Writes the planned bindings as Rust.

mod builder;
mod doc;
mod enumeration;
mod function;
mod module;
mod object;
mod output;
mod resource;
mod rust_type;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proc_macro2::TokenStream;

use crate::plan::Plan;
use crate::token::Place;
use crate::{Error, HEADER};

/// The text of each file, by its path.
pub(crate) fn files(plan: &Plan) -> Result<BTreeMap<PathBuf, String>, Error> {
    let mut files = BTreeMap::new();
    let mut modules: BTreeMap<&str, BTreeSet<&Place>> = BTreeMap::new();
    let mut missing = BTreeSet::new();
    let items = plan
        .resources
        .iter()
        .map(|item| (&item.place, resource::emit(item), Some(&item.inputs)))
        .chain(
            plan.functions
                .iter()
                .map(|item| (&item.place, function::emit(item), Some(&item.inputs))),
        )
        .chain(
            plan.objects
                .iter()
                .map(|item| (&item.place, object::emit(item), Some(&item.inputs))),
        )
        .chain(
            plan.enums
                .iter()
                .map(|item| (&item.place, enumeration::emit(item), None)),
        );
    for (place, tokens, inputs) in items {
        let path = PathBuf::from(&place.module).join(format!("{}.rs", place.file_stem()));
        files.insert(path.clone(), print(path, tokens)?);
        modules.entry(&place.module).or_default().insert(place);
        missing.extend(
            inputs
                .into_iter()
                .flat_map(|inputs| builder::missing(inputs)),
        );
    }
    for (name, places) in &modules {
        let path = PathBuf::from(name).join("mod.rs");
        files.insert(path.clone(), print(path, module::emit(name, places))?);
    }
    let path = PathBuf::from("missing.rs");
    files.insert(path.clone(), print(path, builder::emit_missing(&missing))?);
    let path = PathBuf::from("mod.rs");
    let root = module::emit_root(&plan.version, modules.keys().copied());
    files.insert(path.clone(), print(path, root)?);
    Ok(files)
}

fn print(path: PathBuf, tokens: TokenStream) -> Result<String, Error> {
    match syn::parse2(tokens) {
        Ok(file) => Ok(format!(
            "{HEADER}\n\n{}",
            spaced(&prettyplease::unparse(&file))
        )),
        Err(source) => Err(Error::InvalidRust { path, source }),
    }
}

/// Puts empty lines between items, which the printer does not.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    let mut previous = "";
    for line in text.lines() {
        let ends_item = previous.trim_start() == "}" && indent(previous) == indent(line);
        let ends_header = previous.starts_with("//!") && !line.starts_with("//!");
        let ends_statement = previous.ends_with(';')
            && indent(previous) == 0
            && (line.starts_with("///") || line.starts_with("impl"));
        if ends_item || ends_header || ends_statement {
            spaced.push('\n');
        }
        spaced.push_str(line);
        spaced.push('\n');
        previous = line;
    }
    spaced
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
