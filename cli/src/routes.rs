//! Routes of one's own: what `tidegate new route` writes, and `tidegate remove route` takes away.
//!
//! Both are first worked out whole, as [`Change`]s of single files, and refused where a file is not as expected; only then
//! is anything written.

mod change;
mod list;
mod lock;
mod name;
mod template;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

pub(crate) use self::change::{Change, Kind, apply};
use self::list::List;
use self::lock::Lock;
pub(crate) use self::name::{FunctionName, RouteKey};

/// The routes, in the contract.
const CONTRACT: List = List {
    path: "shared/contract/src/own.rs",
    what: "the list of routes",
};
/// What their functions may do, in the program.
const PROGRAM: List = List {
    path: "program/src/functions/own.rs",
    what: "the list of what routes need",
};
const LOCK: &str = "Cargo.lock";

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) key: RouteKey,
    pub(crate) function: FunctionName,
    pub(crate) two_way: bool,
}

impl Route {
    /// The folder of its function's crate.
    pub(crate) fn folder(&self) -> PathBuf {
        Path::new("lambdas").join(self.function.as_str())
    }

    /// How the contract declares it.
    fn entry(&self) -> String {
        let Self {
            key,
            function,
            two_way,
        } = self;
        let variant = key.variant();
        format!("{variant} {{ key: \"{key}\", function: \"{function}\", two_way: {two_way} }},")
    }

    /// How an entry of the contract begins, and a line of the program.
    fn beginnings(key: &RouteKey) -> [String; 2] {
        let variant = key.variant();
        [format!("{variant} {{"), format!("OwnRoute::{variant} =>")]
    }

    fn line(&self) -> String {
        format!("OwnRoute::{} => Needs::default(),", self.key.variant())
    }
}

/// What makes the route.
pub(crate) fn add(root: &Path, route: &Route) -> anyhow::Result<Vec<Change>> {
    let contract = CONTRACT.read(root)?;
    let program = PROGRAM.read(root)?;
    let Route { key, function, .. } = route;
    for entry in contract.entries() {
        let there = entry.quoted("key").unwrap_or_default();
        if there == key.as_str() {
            bail!("there is a route `{key}` already: {} has it", CONTRACT.path);
        }
        if entry.begins(&Route::beginnings(key)[0]) {
            bail!(
                "the route `{key}` would be declared as `{}`, as `{there}` is",
                key.variant()
            );
        }
        if entry.quoted("function") == Some(function.as_str()) {
            bail!(
                "there is a function `{function}` already, behind the route `{there}`: choose another with --function"
            );
        }
    }
    let folder = route.folder();
    if root.join(&folder).exists() {
        bail!(
            "{} is there already: remove it, or choose another with --function",
            folder.display()
        );
    }
    let files = template::files(route);
    let lock = Lock::read(root)?;
    let locked = lock.with(&function.package(), &template::dependencies())?;

    let mut changes: Vec<Change> = files
        .into_iter()
        .map(|(path, text)| Change::create(folder.join(path), text))
        .collect();
    changes.push(contract.with(&route.entry()));
    changes.push(program.with(&route.line()));
    changes.extend(locked);
    Ok(changes)
}

/// What takes the route away. With `force`, also what has been made of its crate since.
pub(crate) fn remove(root: &Path, key: &RouteKey, force: bool) -> anyhow::Result<Vec<Change>> {
    let contract = CONTRACT.read(root)?;
    let program = PROGRAM.read(root)?;
    let [declared, needs] = Route::beginnings(key);
    let entries = contract.entries();
    let entry = entries
        .iter()
        .find(|entry| entry.quoted("key") == Some(key.as_str()));
    let Some(entry) = entry else {
        let there: Vec<_> = entries.iter().filter_map(|it| it.quoted("key")).collect();
        let there = match there.as_slice() {
            [] => "there is none".to_owned(),
            there => format!("there are {}", there.join(", ")),
        };
        bail!(
            "there is no route `{key}` of your own: {there} in {}",
            CONTRACT.path
        );
    };
    let function = entry.quoted("function").unwrap_or_default();
    let function: FunctionName = function
        .parse()
        .with_context(|| format!("the function of `{key}` in {}", CONTRACT.path))?;
    let route = Route {
        key: key.clone(),
        two_way: !entry.text.contains("two_way: false"),
        function,
    };
    let mut changes = change::remove_folder(root, &route.folder())?;
    let written = template::files(&route);
    let own: Vec<_> = changes
        .iter()
        .filter(|it| {
            let written = written.iter().any(|(path, text)| {
                it.path == route.folder().join(path) && it.before.as_deref() == Some(text)
            });
            !written
        })
        .map(|it| it.path.display().to_string())
        .collect();
    if !own.is_empty() && !force {
        bail!(
            "{} holds what `new route` did not write, and would be lost: {}. `--force` removes it too",
            route.folder().display(),
            own.join(", ")
        );
    }
    changes.push(contract.without(&declared)?);
    changes.push(program.without(&needs)?);
    changes.extend(Lock::read(root)?.without(&route.function.package()));
    Ok(changes)
}

#[cfg(test)]
mod tests;
