use std::fs;

use super::*;

const CONTRACT_TEXT: &str =
    "//! Routes.\n\nown_routes! {\n    // Routes of your own.\n}\n\npub const A: u8 = 1;\n";
const PROGRAM_TEXT: &str =
    "fn more() {\n    match route {\n        // Routes of your own.\n    }\n}\n";
const LOCK_TEXT: &str = include_str!("../../../Cargo.lock");

struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        project.write(CONTRACT.path, CONTRACT_TEXT);
        project.write(PROGRAM.path, PROGRAM_TEXT);
        project.write(LOCK, LOCK_TEXT);
        project
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.root().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    fn add(&self, route: &Route) {
        apply(self.root(), &add(self.root(), route).unwrap()).unwrap();
    }

    fn remove(&self, key: &str) {
        let changes = remove(self.root(), &key.parse().unwrap(), false).unwrap();
        apply(self.root(), &changes).unwrap();
    }

    #[track_caller]
    fn is_as_it_was(&self) {
        assert_eq!(self.read(CONTRACT.path), CONTRACT_TEXT);
        assert_eq!(self.read(PROGRAM.path), PROGRAM_TEXT);
        assert_eq!(self.read(LOCK), LOCK_TEXT);
        assert!(!self.root().join("lambdas").exists());
    }

    fn refusal(&self, route: &Route) -> String {
        add(self.root(), route).unwrap_err().to_string()
    }
}

fn route(key: &str) -> Route {
    let key: RouteKey = key.parse().unwrap();
    Route {
        function: key.function(),
        key,
        two_way: true,
    }
}

#[test]
fn a_route_is_a_crate_an_entry_and_a_line() {
    let project = Project::new();
    project.add(&route("addToCart"));
    assert_eq!(
        project.read(CONTRACT.path),
        CONTRACT_TEXT.replace(
            "own.\n",
            "own.\n    AddToCart { key: \"addToCart\", function: \"add-to-cart\", two_way: true },\n"
        )
    );
    assert_eq!(
        project.read(PROGRAM.path),
        PROGRAM_TEXT.replace(
            "own.\n",
            "own.\n        OwnRoute::AddToCart => Needs::default(),\n"
        )
    );
    assert!(
        project
            .read(LOCK)
            .contains("\nname = \"tidegate-add-to-cart\"\n")
    );
    for (path, text) in template::files(&route("addToCart")) {
        assert_eq!(project.read(&format!("lambdas/add-to-cart/{path}")), text);
    }
}

#[test]
fn nothing_of_the_templates_own_name_is_left() {
    for two_way in [true, false] {
        let route = Route {
            two_way,
            ..route("whisper")
        };
        for (path, text) in template::files(&route) {
            assert!(!text.to_lowercase().contains("shout"), "{path}: {text}");
        }
    }
}

#[test]
fn removing_puts_everything_back_as_it_was_in_any_order() {
    let project = Project::new();
    for (first, second) in [("a", "zoo"), ("zoo", "a")] {
        for key in ["a", "middle", "zoo"] {
            project.add(&route(key));
        }
        for key in [first, "middle", second] {
            project.remove(key);
        }
        project.is_as_it_was();
    }
}

#[test]
fn a_route_that_was_worked_on_is_removed_with_its_comments_and_settings() {
    let project = Project::new();
    project.add(&route("a"));
    project.add(&route("b"));
    let text = project.read(PROGRAM.path);
    project.write(
        PROGRAM.path,
        &text.replace(
            "OwnRoute::a => Needs::default(),".replace("::a", "::A").as_str(),
            "// It counts (much.\n        OwnRoute::A => Needs {\n            allowed: vec![f(\"}\")],\n            ..Needs::default()\n        },",
        ),
    );
    project.remove("a");
    project.remove("b");
    project.is_as_it_was();
}

#[test]
fn the_same_route_is_refused_twice_and_so_is_what_would_be_called_alike() {
    let project = Project::new();
    project.add(&route("addTo"));
    assert!(
        project
            .refusal(&route("addTo"))
            .contains("a route `addTo` already")
    );
    assert!(
        project
            .refusal(&route("add-to"))
            .contains("declared as `AddTo`")
    );
    let same = Route {
        function: route("addTo").function,
        ..route("other")
    };
    assert!(project.refusal(&same).contains("behind the route `addTo`"));
}

#[test]
fn a_crate_that_is_there_is_never_written_over() {
    let project = Project::new();
    assert!(
        project
            .refusal(&route("core"))
            .contains("a crate `tidegate-core` already")
    );
    project.write("lambdas/mine/notes.txt", "mine");
    assert!(
        project
            .refusal(&route("mine"))
            .contains("lambdas/mine is there already")
    );
}

#[test]
fn a_file_that_is_not_as_expected_is_named_and_nothing_is_written() {
    let project = Project::new();
    for (path, text, said) in [
        (
            CONTRACT.path,
            "own_routes! {\n}\n",
            "`// Routes of your own.` once",
        ),
        (
            CONTRACT.path,
            "own_routes! {\n    // Routes of your own.\n    // Routes of your own.\n}\n",
            "once",
        ),
        (
            PROGRAM.path,
            "match route {\n    // Routes of your own.\n",
            "`}`",
        ),
        (
            PROGRAM.path,
            "match route {\n    // Routes of your own.\nfn f() {}\n}\n",
            "`}`",
        ),
    ] {
        let before = project.read(path);
        project.write(path, text);
        let refusal = project.refusal(&route("a"));
        assert!(
            refusal.contains(path) && refusal.contains(said),
            "{refusal}"
        );
        project.write(path, &before);
    }
    project.is_as_it_was();
}

#[test]
fn what_cannot_be_written_leaves_everything_as_it_was() {
    let project = Project::new();
    let mut changes = add(project.root(), &route("a")).unwrap();
    // A file where a folder would have to be.
    changes.push(Change::create("Cargo.lock/below".into(), String::new()));
    let error = apply(project.root(), &changes).unwrap_err().to_string();
    assert!(error.contains("nothing was changed"), "{error}");
    project.is_as_it_was();
}

#[test]
fn work_is_not_removed_unless_it_is_meant() {
    let project = Project::new();
    project.add(&route("a"));
    project.write("lambdas/a/src/more.rs", "// Mine.\n");
    let main = project.read("lambdas/a/src/main.rs");
    project.write("lambdas/a/src/main.rs", &format!("{main}// Mine.\n"));
    let key = "a".parse().unwrap();
    let error = remove(project.root(), &key, false).unwrap_err().to_string();
    assert!(
        error.contains("lambdas/a/src/main.rs, lambdas/a/src/more.rs"),
        "{error}"
    );
    assert!(error.contains("--force"), "{error}");
    apply(project.root(), &remove(project.root(), &key, true).unwrap()).unwrap();
    project.is_as_it_was();
}

#[test]
fn a_route_that_there_is_not_is_refused_with_those_that_there_are() {
    let project = Project::new();
    let missing = |project: &Project| {
        let key = "b".parse().unwrap();
        remove(project.root(), &key, false).unwrap_err().to_string()
    };
    assert!(missing(&project).contains("there is none"));
    project.add(&route("a"));
    assert!(missing(&project).contains("there are a in"));
}
