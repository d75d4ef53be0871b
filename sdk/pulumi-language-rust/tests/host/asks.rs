//! What the engine asks before and beside a run.

use std::path::Path;

use futures::TryStreamExt;
use pulumi_language_rust::protocol::{
    AboutRequest, GeneratePackageRequest, GenerateProgramRequest, GenerateProjectRequest,
    GetProgramDependenciesRequest, GetRequiredPackagesRequest, GetRequiredPluginsRequest,
    InstallDependenciesRequest, LanguageHandshakeRequest, LinkRequest, PackRequest,
    PackageDependency, ProgramInfo, RuntimeOptionsRequest, TemplateRequest,
};
use tonic::{Code, Status};

use crate::support::{FakeEngine, Host, Project, in_time};

async fn host(project: &Project) -> (FakeEngine, Host) {
    let engine = FakeEngine::start().await;
    let host = Host::start(&engine, &project.target()).await;
    (engine, host)
}

/// A program that uses bindings, which use a library; and tools for its tests.
fn shop() -> Project {
    let bindings = "[package.metadata.pulumi]\nname = \"cloud\"\nversion = \"7.1.0\"\n";
    shop_with(bindings)
}

fn shop_with(bindings: &str) -> Project {
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.2.0\"\nedition = \"2024\"\n{rest}")
    };
    let program = "[dependencies]\nbindings = { path = \"bindings\" }\n\
                   [dev-dependencies]\ntools = { path = \"tools\" }\n[workspace]\n";
    let bindings = format!("{bindings}[dependencies]\nlibrary = {{ path = \"../library\" }}\n");
    let ours = "[package.metadata.pulumi]\nname = \"tools\"\n";
    Project::package("shop")
        .file("Cargo.toml", &package("shop", program))
        .file("bindings/Cargo.toml", &package("bindings", &bindings))
        .file("bindings/src/lib.rs", "")
        .file("library/Cargo.toml", &package("library", ""))
        .file("library/src/lib.rs", "")
        .file("tools/Cargo.toml", &package("tools", ours))
        .file("tools/src/lib.rs", "")
}

async fn packages(project: &Project) -> Result<Vec<PackageDependency>, Status> {
    let (_engine, mut host) = host(project).await;
    let info = Some(project.info());
    let request = GetRequiredPackagesRequest { info };
    let response = in_time("the answer", host.client.get_required_packages(request)).await?;
    Ok(response.into_inner().packages)
}

#[tokio::test]
async fn a_program_needs_the_providers_that_its_bindings_name() {
    let packages = packages(&shop()).await.unwrap();
    let [cloud] = packages.as_slice() else {
        panic!("not one: {packages:?}")
    };
    assert_eq!(cloud.name, "cloud");
    assert_eq!(cloud.kind, "resource");
    assert_eq!(cloud.version, "7.1.0");
    assert_eq!(cloud.server, "");
}

#[tokio::test]
async fn a_provider_has_the_version_of_its_bindings_where_they_name_no_other() {
    let bindings =
        "[package.metadata.pulumi]\nname = \"cloud\"\nserver = \"https://example.com\"\n";
    let packages = packages(&shop_with(bindings)).await.unwrap();
    assert_eq!(packages[0].version, "0.2.0");
    assert_eq!(packages[0].server, "https://example.com");
}

#[tokio::test]
async fn the_aws_bindings_name_the_provider_that_they_were_generated_for() {
    let bindings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pulumi-aws");
    let schema = std::fs::read_to_string(bindings.join("schema.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let project = Project::empty();
    let (_engine, mut host) = host(&project).await;
    let request = GetRequiredPackagesRequest {
        info: Some(ProgramInfo {
            program_directory: bindings.to_str().unwrap().to_owned(),
            ..ProgramInfo::default()
        }),
    };
    let response = in_time("the answer", host.client.get_required_packages(request)).await;
    let packages = response.unwrap().into_inner().packages;
    assert_eq!(packages.len(), 1, "{packages:?}");
    assert_eq!(schema["name"], packages[0].name);
    assert_eq!(schema["version"], packages[0].version);
}

#[tokio::test]
async fn bindings_that_describe_their_provider_wrongly_are_named() {
    let refused = packages(&shop_with(
        "[package.metadata.pulumi]\nversion = \"1.0.0\"\n",
    ))
    .await;
    let refused = refused.unwrap_err();
    assert!(refused.message().contains("`bindings`"), "{refused}");
    assert!(refused.message().contains("name"), "{refused}");
}

#[tokio::test]
async fn an_executable_without_its_source_needs_nothing_that_could_be_known() {
    assert_eq!(packages(&Project::prebuilt()).await.unwrap(), []);
}

#[tokio::test]
async fn what_keeps_a_program_from_running_is_told_when_the_engine_first_asks() {
    let refused = packages(&Project::empty()).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("Cargo.toml"), "{refused}");
    let refused = packages(&shop().option("packge", "shop")).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn older_engines_are_told_the_same_as_plugins() {
    let project = shop();
    let (_engine, mut host) = host(&project).await;
    let request = GetRequiredPluginsRequest {
        info: Some(project.info()),
        ..GetRequiredPluginsRequest::default()
    };
    let response = in_time("the answer", host.client.get_required_plugins(request)).await;
    let plugins = response.unwrap().into_inner().plugins;
    assert_eq!(plugins.len(), 1);
    assert_eq!(plugins[0].name, "cloud");
}

#[tokio::test]
async fn dependencies_are_listed_with_or_without_theirs_but_not_those_of_tests() {
    let project = shop();
    let (_engine, host) = host(&project).await;
    let listed = async |transitive_dependencies| {
        let request = GetProgramDependenciesRequest {
            transitive_dependencies,
            info: Some(project.info()),
            ..GetProgramDependenciesRequest::default()
        };
        let mut client = host.client.clone();
        let response = in_time("the answer", client.get_program_dependencies(request)).await;
        let dependencies = response.unwrap().into_inner().dependencies.into_iter();
        let names = dependencies.map(|one| format!("{} {}", one.name, one.version));
        names.collect::<Vec<_>>()
    };
    assert_eq!(listed(false).await, ["bindings 0.2.0"]);
    assert_eq!(listed(true).await, ["bindings 0.2.0", "library 0.2.0"]);
}

#[tokio::test]
async fn installing_is_fetching_and_its_failure_is_shown() {
    let install = async |project: &Project| {
        let (_engine, mut host) = host(project).await;
        let request = InstallDependenciesRequest {
            info: Some(project.info()),
            ..InstallDependenciesRequest::default()
        };
        let stream = host.client.install_dependencies(request).await?;
        let parts = stream.into_inner().map_ok(|part| part.stderr);
        let shown = in_time("the installation", parts.try_concat()).await?;
        Ok::<_, Status>(String::from_utf8(shown).unwrap())
    };
    install(&shop()).await.unwrap();
    install(&Project::prebuilt()).await.unwrap();
    let broken = Project::empty().file("Cargo.toml", "[package]\nname = 3\n");
    let refused = install(&broken).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn the_host_says_what_it_is_and_what_it_builds_with() {
    let project = shop();
    let (engine, mut host) = host(&project).await;
    let info = in_time("the answer", host.client.get_plugin_info(())).await;
    assert_eq!(
        info.unwrap().into_inner().version,
        env!("CARGO_PKG_VERSION")
    );
    let request = AboutRequest {
        info: Some(project.info()),
    };
    let about = in_time("the answer", host.client.about(request)).await;
    let about = about.unwrap().into_inner();
    assert!(about.version.starts_with("cargo "), "{about:?}");
    assert!(
        about.metadata["compiler"].starts_with("rustc "),
        "{about:?}"
    );
    assert!(about.executable.contains("cargo"), "{about:?}");
    let request = LanguageHandshakeRequest {
        engine_address: engine.address.clone(),
        ..LanguageHandshakeRequest::default()
    };
    host.client.handshake(request).await.unwrap();
    let request = RuntimeOptionsRequest { info: None };
    host.client.runtime_options_prompts(request).await.unwrap();
}

#[tokio::test]
async fn what_the_host_does_not_do_is_refused_by_name() {
    let project = Project::empty();
    let (_engine, host) = host(&project).await;
    let client = || host.client.clone();
    let refusals = [
        (
            "Template",
            client().template(TemplateRequest {}).await.err(),
        ),
        (
            "GenerateProgram",
            client()
                .generate_program(GenerateProgramRequest {})
                .await
                .err(),
        ),
        (
            "GenerateProject",
            client()
                .generate_project(GenerateProjectRequest {})
                .await
                .err(),
        ),
        (
            "GeneratePackage",
            client()
                .generate_package(GeneratePackageRequest {})
                .await
                .err(),
        ),
        ("Pack", client().pack(PackRequest {}).await.err()),
        ("Link", client().link(LinkRequest {}).await.err()),
    ];
    for (name, refused) in refusals {
        let refused = refused.unwrap();
        assert_eq!(refused.code(), Code::Unimplemented);
        assert!(refused.message().contains(name), "{refused}");
    }
}
