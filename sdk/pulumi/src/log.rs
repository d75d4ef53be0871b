//! Messages to who watches the deployment.

use pulumi_gestalt_proto::pulumi::pulumirpc::LogSeverity;

use crate::context::Context;
use crate::error::ErrorKind;
use crate::resource::{AsResource, Resource};

/// Sends messages to the engine, which shows them.
#[derive(Clone, Debug)]
pub struct Log {
    context: Context,
    resource: Option<Resource>,
}

impl Log {
    pub(crate) fn new(context: Context) -> Self {
        Self {
            context,
            resource: None,
        }
    }

    /// Messages about one resource.
    #[must_use]
    pub fn about(&self, resource: &dyn AsResource) -> Self {
        Self {
            context: self.context.clone(),
            resource: Some(resource.as_resource().clone()),
        }
    }

    /// A message that is shown only when debugging.
    pub fn debug(&self, message: impl Into<String>) {
        self.send(LogSeverity::Debug, message.into());
    }

    /// A message.
    pub fn info(&self, message: impl Into<String>) {
        self.send(LogSeverity::Info, message.into());
    }

    /// A warning.
    pub fn warn(&self, message: impl Into<String>) {
        self.send(LogSeverity::Warning, message.into());
    }

    /// An error. The program goes on, and fails in the end.
    pub fn error(&self, message: impl Into<String>) {
        self.send(LogSeverity::Error, message.into());
    }

    fn send(&self, severity: LogSeverity, message: String) {
        let Self { context, resource } = self.clone();
        self.context.tasks().spawn(async move {
            let urn = match resource {
                Some(resource) => Some(resource.registration().await?.urn.clone()),
                None => None,
            };
            context
                .engine()
                .log(severity, message, urn.as_ref())
                .await?;
            match severity {
                LogSeverity::Error => Err(ErrorKind::Logged.into()),
                _ => Ok(()),
            }
        });
    }
}
