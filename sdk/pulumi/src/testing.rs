//! Tests of programs, in the same process and without an engine.
//!
//! A [`Test`] runs a program, or any part of one, against [`Mocks`] that stand for the providers, and gives what was
//! declared:
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use pulumi::prelude::*;
//! use pulumi::testing::{MockResource, MockState, Mocks, Test};
//! use pulumi::{ResourceBuilder, node};
//!
//! struct Cloud;
//!
//! impl Mocks for Cloud {
//!     fn new_resource(&self, resource: &MockResource) -> Result<MockState, BoxError> {
//!         let mut state = MockState::of(resource);
//!         state.output("arn", format!("arn:aws:s3:::{}", resource.name));
//!         Ok(state)
//!     }
//! }
//!
//! let deployment = Test::new(Cloud)
//!     .run(|ctx| async move {
//!         let bucket = ResourceBuilder::new("aws:s3/bucket:Bucket", "photos").register(&ctx);
//!         ctx.export("arn", bucket.output::<String>("arn"));
//!         Ok(())
//!     })
//!     .unwrap();
//! assert_eq!(deployment.resource("photos").unwrap().type_token, "aws:s3/bucket:Bucket");
//! assert_eq!(deployment.outputs["arn"], "arn:aws:s3:::photos".into());
//! ```

mod backend;
mod deployment;
mod mocks;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use self::backend::MockEngine;
pub use self::deployment::{Declared, Deployment, Message, Severity};
pub use self::mocks::{MockCall, MockResource, MockState, Mocks};
use crate::context::Context;
use crate::engine::Engine;
use crate::error::{BoxError, ErrorKind};
use crate::run::{Failure, run_on};
use crate::settings::Settings;

/// A program's run against mocks, about to be made.
#[derive(Debug)]
#[must_use = "nothing runs before `run`"]
pub struct Test<M> {
    mocks: M,
    settings: Settings,
}

impl<M: Mocks> Test<M> {
    /// A run of an update of the stack `stack` of the project `project`.
    pub fn new(mocks: M) -> Self {
        Self {
            mocks,
            settings: Settings {
                monitor: String::new(),
                engine: String::new(),
                project: "project".to_owned(),
                stack: "stack".to_owned(),
                organization: "organization".to_owned(),
                dry_run: false,
                parallel: None,
                config: BTreeMap::new(),
                config_secret_keys: BTreeSet::new(),
                root_directory: None,
                progress: None,
            },
        }
    }

    /// The name of the project.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.settings.project = project.into();
        self
    }

    /// The name of the stack.
    pub fn stack(mut self, stack: impl Into<String>) -> Self {
        self.settings.stack = stack.into();
        self
    }

    /// The directory of the project.
    pub fn root_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.settings.root_directory = Some(directory.into());
        self
    }

    /// Runs a preview: an output that a mock does not give is unknown.
    pub fn preview(mut self) -> Self {
        self.settings.dry_run = true;
        self
    }

    /// A value of the configuration, by `namespace:key`.
    pub fn config(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.config.insert(key.into(), value.into());
        self
    }

    /// A secret of the configuration, by `namespace:key`.
    pub fn secret_config(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let key = key.into();
        self.settings.config_secret_keys.insert(key.clone());
        self.config(key, value)
    }

    /// Runs the program to its end, in a test that is not asynchronous itself.
    ///
    /// # Errors
    ///
    /// When anything failed.
    pub fn run<P, F>(self, program: P) -> Result<Deployment, Failure>
    where
        P: FnOnce(Context) -> F,
        F: Future<Output = Result<(), BoxError>>,
    {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::unseen(ErrorKind::Program(error.into()).into()))?;
        runtime.block_on(self.run_async(program))
    }

    /// Runs the program to its end.
    ///
    /// # Errors
    ///
    /// When anything failed.
    pub async fn run_async<P, F>(self, program: P) -> Result<Deployment, Failure>
    where
        P: FnOnce(Context) -> F,
        F: Future<Output = Result<(), BoxError>>,
    {
        let Self { mocks, settings } = self;
        let backend = Arc::new(MockEngine::new(mocks, &settings));
        let engine = Engine::over(Arc::clone(&backend) as _)
            .await
            .map_err(Failure::unseen)?;
        run_on(settings, engine, program).await?;
        Ok(backend.deployment())
    }
}
