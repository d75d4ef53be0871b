//! Runs a program against the engine.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use futures::FutureExt;
use pulumi_gestalt_proto::pulumi::pulumirpc::LogSeverity;
use tokio::runtime::Handle;

use crate::context::Context;
use crate::engine::Engine;
use crate::error::{BoxError, Error, ErrorKind, panic_error, report};
use crate::panic;
use crate::progress;
use crate::properties::Properties;
use crate::register;
use crate::settings::Settings;

/// The exit code of a program that failed and has told the engine why: whoever started it need not say more.
/// The number is that of Pulumi's SDK for Node.js, chosen there to mean nothing else.
const FAILED_AND_SHOWN: u8 = 32;

/// The stack, for a message to a person.
const STACK: &str = "the stack";

/// Runs a program: the `main` of each.
///
/// Reads the environment, calls the program, waits until all that it declared is registered, and reports what failed.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     pulumi::run(|ctx| async move {
///         ctx.export("stack", ctx.stack());
///         Ok(())
///     })
/// }
/// ```
#[must_use = "`main` returns it: without it, a failed run passes for one that declared everything"]
pub fn run<P, F>(program: P) -> ExitCode
where
    P: FnOnce(Context) -> F,
    F: Future<Output = Result<(), BoxError>>,
{
    match start(program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.shown => ExitCode::from(FAILED_AND_SHOWN),
        Err(failure) => {
            for error in &failure.errors {
                eprintln!("error: {}", report(error));
            }
            ExitCode::FAILURE
        }
    }
}

fn start<P, F>(program: P) -> Result<(), Failure>
where
    P: FnOnce(Context) -> F,
    F: Future<Output = Result<(), BoxError>>,
{
    panic::note_places();
    let settings = Settings::from_env().map_err(|error| Failure::unseen(error.into()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unseen(ErrorKind::Program(error.into()).into()))?;
    runtime.block_on(run_with(settings, program))
}

/// Runs a program with settings that come from elsewhere than the environment.
///
/// # Errors
///
/// When anything failed; each failure has been told to the engine if it was there.
pub async fn run_with<P, F>(settings: Settings, program: P) -> Result<(), Failure>
where
    P: FnOnce(Context) -> F,
    F: Future<Output = Result<(), BoxError>>,
{
    let progress = settings.progress.clone();
    progress::begin(progress.as_deref()).map_err(Failure::unseen)?;
    let engine = Engine::connect(&settings).await.map_err(Failure::unseen)?;
    run_on(settings, engine, program).await?;
    progress::finish(progress.as_deref()).map_err(Failure::unseen)
}

/// Runs a program against this engine.
pub(crate) async fn run_on<P, F>(
    settings: Settings,
    engine: Engine,
    program: P,
) -> Result<(), Failure>
where
    P: FnOnce(Context) -> F,
    F: Future<Output = Result<(), BoxError>>,
{
    let context = Context::new(settings, engine, Handle::current());
    if let Err(error) = deploy(&context, program).await {
        context.tasks().fail(error);
    }
    context.tasks().idle().await;
    let errors = std::mem::take(&mut *context.tasks().errors());
    if errors.is_empty() {
        return Ok(());
    }
    let shown = show(context.engine(), &errors).await;
    Err(Failure { errors, shown })
}

async fn deploy<P, F>(context: &Context, program: P) -> Result<(), Error>
where
    P: FnOnce(Context) -> F,
    F: Future<Output = Result<(), BoxError>>,
{
    let stack = register::stack(context).await?;
    context.set_root(stack.clone());
    context.engine().set_root(&stack).await?;
    let called = async { program(context.clone()).await };
    let result = AssertUnwindSafe(called).catch_unwind().await;
    // What has been declared is registered even when the program failed afterwards: it may have been created already.
    context.tasks().idle().await;
    match result {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(program_error(error)),
        Err(payload) => return Err(panic_error(&*payload)),
    }
    if !context.tasks().errors().is_empty() {
        return Ok(());
    }
    // Functions given to exported outputs may declare more, and export more: all of it is sent at once, in the end.
    let exports = loop {
        let exports = context.exports();
        let known = exports.len();
        let resolved = Properties::resolve(STACK, exports).await?;
        context.tasks().idle().await;
        if context.exports().len() == known {
            break resolved;
        }
    };
    if !context.tasks().errors().is_empty() {
        return Ok(());
    }
    register::send_outputs(context, &stack, STACK, exports).await?;
    context.engine().finish().await
}

/// An error of ours keeps its identity, so that it is reported once.
fn program_error(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => ErrorKind::Program(error).into(),
    }
}

/// Tells the engine what failed, and says whether it has taken all of it.
async fn show(engine: &Engine, errors: &[Error]) -> bool {
    for error in errors {
        let (severity, message) = match error.kind().root() {
            ErrorKind::Logged => continue,
            // The engine has said why it stopped; this only finds out whether it is still there.
            ErrorKind::EngineStopped { .. } => (LogSeverity::Debug, report(error)),
            _ => (LogSeverity::Error, report(error)),
        };
        if engine.log(severity, message, None).await.is_err() {
            return false;
        }
    }
    true
}

/// A program that failed.
#[derive(Debug)]
pub struct Failure {
    errors: Vec<Error>,
    shown: bool,
}

impl Failure {
    pub(crate) fn unseen(error: Error) -> Self {
        Self {
            errors: vec![error],
            shown: false,
        }
    }

    /// All that failed, each once.
    #[must_use]
    pub fn errors(&self) -> &[Error] {
        &self.errors
    }

    /// Whether the engine has been told all of it.
    #[must_use]
    pub fn shown(&self) -> bool {
        self.shown
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errors.len() {
            1 => f.write_str("the deployment failed"),
            count => write!(f, "the deployment failed in {count} ways"),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.errors
            .first()
            .map(|error| error as &(dyn std::error::Error + 'static))
    }
}
