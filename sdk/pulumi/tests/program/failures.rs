//! How a program fails.

use std::io;

use pulumi::prelude::*;
use pulumi::{ErrorKind, ResourceBuilder, node};
use pulumi_gestalt_proto::pulumi::pulumirpc::LogSeverity;
use tonic::Code;

use crate::support::Fake;

fn shelf(name: &str) -> ResourceBuilder {
    ResourceBuilder::new("shop:index:Shelf", name)
}

#[tokio::test]
async fn an_error_of_the_program_is_told_with_its_causes() {
    let run = Fake::update()
        .run(|ctx| async move {
            shelf("declared").register(&ctx);
            Err(io::Error::other("the roof leaks").into())
        })
        .await;
    let errors = run.record.messages(LogSeverity::Error);
    assert_eq!(errors, ["the program failed\n  caused by: the roof leaks"]);
    assert!(run.shown());
    // What was declared before is registered, but the outputs of the stack stay as they were.
    run.record.resource("declared");
    assert!(run.record.outputs.is_empty());
    assert_eq!(run.record.shutdowns, 0);
}

#[tokio::test]
async fn a_panic_of_the_program_is_an_error() {
    let run = Fake::update()
        .run(|ctx| async move {
            shelf("declared").register(&ctx);
            if ctx.stack() == "dev" {
                panic!("the roof leaks");
            }
            Ok(())
        })
        .await;
    assert_eq!(
        run.record.messages(LogSeverity::Error),
        ["the program panicked: the roof leaks"]
    );
    run.record.resource("declared");
}

#[tokio::test]
async fn a_panic_in_a_function_of_an_output_is_one_error() {
    let run = Fake::update()
        .run(|ctx| async move {
            let bad = Output::known(1).map(|_: i32| -> String { panic!("the roof leaks") });
            ctx.export("a", &bad);
            shelf("a").input("label", node(&bad)).register(&ctx);
            shelf("b").input("label", node(&bad)).register(&ctx);
            Ok(())
        })
        .await;
    let reports = run.reports();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].contains("the roof leaks"), "{reports:?}");
}

#[tokio::test]
async fn a_refused_resource_fails_what_depends_on_it_and_nothing_else() {
    let run = Fake::update()
        .refuses("bad", Code::InvalidArgument, "too wide")
        .run(|ctx| async move {
            let bad = shelf("bad").register(&ctx);
            shelf("next").input("label", node(bad.id())).register(&ctx);
            shelf("after").depends_on(&[&bad]).register(&ctx);
            shelf("other").register(&ctx);
            Ok(())
        })
        .await;
    let reports = run.reports();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(
        reports[0].contains("`bad` (shop:index:Shelf)"),
        "{reports:?}"
    );
    assert!(reports[0].contains("too wide"), "{reports:?}");
    let mut names: Vec<_> = run.record.registered.iter().map(|r| &r.name).collect();
    names.sort();
    assert_eq!(names, ["bad", "other", "shop-dev"]);
}

#[tokio::test]
async fn all_failures_are_told() {
    let run = Fake::update()
        .refuses("a", Code::InvalidArgument, "too wide")
        .refuses("b", Code::InvalidArgument, "too high")
        .run(|ctx| async move {
            shelf("a").register(&ctx);
            shelf("b").register(&ctx);
            ctx.log().error("and the light is out");
            Err(io::Error::other("the roof leaks").into())
        })
        .await;
    let mut errors = run.record.messages(LogSeverity::Error).join("\n");
    errors.push('\n');
    for part in ["too wide", "too high", "the light is out", "the roof leaks"] {
        assert_eq!(errors.matches(part).count(), 1, "{part} in {errors}");
    }
    assert!(run.shown());
}

#[tokio::test]
async fn a_logged_error_fails_the_run() {
    let run = Fake::update()
        .run(|ctx| async move {
            ctx.log().error("the roof leaks");
            Ok(())
        })
        .await;
    assert_eq!(run.record.messages(LogSeverity::Error), ["the roof leaks"]);
    assert!(run.shown());
}

#[tokio::test]
async fn an_engine_that_stops_has_said_why_itself() {
    for code in [Code::Unavailable, Code::Cancelled] {
        let run = Fake::update()
            .refuses("shelf", code, "resource monitor shut down")
            .run(|ctx| async move {
                shelf("shelf").register(&ctx);
                Ok(())
            })
            .await;
        assert!(run.record.messages(LogSeverity::Error).is_empty());
        assert!(run.shown());
        let failure = run.result.unwrap_err();
        assert!(matches!(
            failure.errors()[0].kind(),
            ErrorKind::EngineStopped { .. }
        ));
    }
}

#[tokio::test]
async fn what_the_engine_cannot_be_told_is_left_to_the_caller() {
    let run = Fake::update()
        .fails_log(Code::Unavailable)
        .run(|_| async { Err(io::Error::other("the roof leaks").into()) })
        .await;
    assert!(!run.shown());
    assert_eq!(
        run.reports(),
        ["the program failed\n  caused by: the roof leaks"]
    );
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_an_error_with_its_address() {
    let mut settings = Fake::update().settings;
    settings.monitor = "127.0.0.1:1".to_owned();
    let failure = pulumi::run_with(settings, |_| async { Ok(()) })
        .await
        .unwrap_err();
    assert!(!failure.shown());
    assert!(failure.errors()[0].to_string().contains("`127.0.0.1:1`"));
}
