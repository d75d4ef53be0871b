//! What can go wrong, and how it is told.

use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use crate::check::Violation;
use crate::convert::ConvertError;
use crate::settings::SettingsError;
use crate::wire::WireError;

/// Any error, as a program returns it.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// An error of the SDK. Cheap to clone, for one failure reaches every output that depends on it.
#[derive(Clone)]
pub struct Error(Arc<ErrorKind>);

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The environment does not describe a deployment.
    #[error("the environment of the program is not as the engine sets it")]
    Settings(#[source] SettingsError),
    /// The engine does not answer at its address.
    #[error("cannot connect to the {service} at `{address}`")]
    Connect {
        /// Which of the engine's services.
        service: &'static str,
        /// Where it should be.
        address: String,
        /// Why not.
        #[source]
        source: BoxError,
    },
    /// A call to the engine failed.
    #[error("the engine refused {call}")]
    Rpc {
        /// What was asked of the engine.
        call: String,
        /// What it answered.
        #[source]
        source: RpcStatus,
    },
    /// The engine stopped the operation while the program was running; it says itself why.
    #[error("the engine stopped the operation during {call}")]
    EngineStopped {
        /// What was asked of the engine.
        call: String,
        /// What it answered.
        #[source]
        source: RpcStatus,
    },
    /// A property of a resource cannot be sent or read.
    #[error("property `{property}` of {resource}")]
    Property {
        /// The property's name.
        property: String,
        /// The resource, by type and name.
        resource: String,
        /// What is wrong with it.
        #[source]
        source: Box<ErrorKind>,
    },
    /// An error reached a property of a resource through an output.
    #[error("cannot compute property `{property}` of {resource}")]
    Input {
        /// The property's name.
        property: String,
        /// The resource, by type and name.
        resource: String,
        /// What failed.
        #[source]
        source: Error,
    },
    /// A value has no form on the wire.
    #[error("the value cannot be sent or read")]
    Wire(#[source] WireError),
    /// A value is not of the type that is asked of it.
    #[error("the value is not of the expected type")]
    Convert(#[source] ConvertError),
    /// The provider did not return a property that is used.
    #[error("{resource} has no property `{property}`: the provider did not return it")]
    MissingOutput {
        /// The property's name.
        property: String,
        /// The resource, by type and name.
        resource: String,
    },
    /// The engine returned no URN for a resource.
    #[error("the engine returned no URN for {resource}")]
    MissingUrn {
        /// The resource, by type and name.
        resource: String,
    },
    /// A secret would have been sent to an engine that cannot keep it.
    #[error("property `{property}` is a secret, and this engine does not support secrets")]
    SecretsUnsupported {
        /// The property's name.
        property: String,
    },
    /// The language host cannot be told how far the program is.
    #[error("cannot write to the file that `PULUMI_RUST_PROGRESS` names")]
    Progress(#[source] std::io::Error),
    /// A stack output was exported twice.
    #[error("the stack output `{0}` is exported twice")]
    DuplicateExport(String),
    /// The configuration of the stack is not as the program wants it.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// The program itself failed.
    #[error("the program failed")]
    Program(#[source] BoxError),
    /// A function that the program gave to an output failed.
    #[error("computing an output failed, at {place}")]
    Apply {
        /// Where the function was given to the output.
        place: &'static Location<'static>,
        /// What it said.
        #[source]
        source: BoxError,
    },
    /// The program, or a function that it gave to an output, panicked.
    #[error("the program panicked{}: {message}", at(.place.as_deref()))]
    Panic {
        /// What it said.
        message: String,
        /// Where, if that is known.
        place: Option<String>,
    },
    /// A function of a provider refused its arguments.
    #[error("the arguments of {function} were refused: {}", failures.join("; "))]
    Arguments {
        /// The function.
        function: String,
        /// What is wrong with them.
        failures: Vec<String>,
    },
    /// A plain call needs an argument that nobody knows yet.
    #[error(
        "{0} was called plainly, with an argument that is not known yet: use `call`, whose result is an output"
    )]
    UnknownArgument(String),
    /// A function did not return what it should.
    #[error("the result of {function}")]
    Result {
        /// The function.
        function: String,
        /// What is wrong with it.
        #[source]
        source: ConvertError,
    },
    /// A resource is to be read without an id.
    #[error("{0} cannot be read without an id")]
    NoId(String),
    /// Another stack has no such output.
    #[error("the stack of {stack} has no output `{name}`{}", known_outputs(.known))]
    NoStackOutput {
        /// The output's name.
        name: String,
        /// The stack reference.
        stack: String,
        /// The outputs that there are.
        known: Vec<String>,
    },
    /// A check of the program refused a resource: it was not registered, nor was what depends on it.
    #[error("{resource} was not registered:{}", crate::check::lines(.violations))]
    Refused {
        /// The resource, by type and name.
        resource: String,
        /// All that is wrong with it.
        violations: Vec<Violation>,
    },
    /// The engine is too old for something.
    #[error("this engine does not support {what}: a newer Pulumi CLI does")]
    Unsupported {
        /// What the program uses.
        what: String,
    },
    /// An option names a property that the type does not have.
    #[error("`{option}` of {resource} names the property `{property}`, which its type does not have{}: options take the schema's names", meant(.nearest.as_deref()))]
    UnknownProperty {
        /// The option.
        option: &'static str,
        /// The property.
        property: String,
        /// The resource, by type and name.
        resource: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// A dynamic provider.
    #[error(
        "{0} is a dynamic resource: its provider is code of the Node.js or Python SDK, which Rust has none of; write a provider, or a component"
    )]
    DynamicProvider(String),
    /// The program ended before an output was computed.
    #[error("the program ended before {0} was registered")]
    Abandoned(String),
    /// The program logged an error; it has been shown.
    #[error("the program logged an error")]
    Logged,
}

fn at(place: Option<&str>) -> String {
    place
        .map(|place| format!(" at {place}"))
        .unwrap_or_default()
}

fn meant(nearest: Option<&str>) -> String {
    nearest
        .map(|nearest| format!(" (did you mean `{nearest}`?)"))
        .unwrap_or_default()
}

fn known_outputs(known: &[String]) -> String {
    match known {
        [] => ": it has none".to_owned(),
        known => format!(": it has {}", known.join(", ")),
    }
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// Whether this is the very same failure as the other, arrived by another way.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        std::ptr::eq(self.0.root(), other.0.root())
    }
}

impl ErrorKind {
    /// The failure that this one only passes on, with where it arrived.
    pub(crate) fn root(&self) -> &Self {
        match self {
            Self::Input { source, .. } => source.0.root(),
            other => other,
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Arc::new(kind))
    }
}

impl From<WireError> for Error {
    fn from(error: WireError) -> Self {
        ErrorKind::Wire(error).into()
    }
}

impl From<ConvertError> for Error {
    fn from(error: ConvertError) -> Self {
        ErrorKind::Convert(error).into()
    }
}

impl From<crate::config::ConfigError> for Error {
    fn from(error: crate::config::ConfigError) -> Self {
        ErrorKind::Config(error).into()
    }
}

impl From<SettingsError> for Error {
    fn from(error: SettingsError) -> Self {
        ErrorKind::Settings(error).into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// What the engine answered when it did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct RpcStatus {
    code: String,
    message: String,
}

impl RpcStatus {
    /// The name of the gRPC status code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The engine's message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<&tonic::Status> for RpcStatus {
    fn from(status: &tonic::Status) -> Self {
        Self {
            code: format!("{:?}", status.code()),
            message: status.message().to_owned(),
        }
    }
}

/// The error of a call, told apart by whether the engine ended the operation or refused this one call.
pub(crate) fn rpc_error(call: impl Into<String>, status: &tonic::Status) -> Error {
    let (call, source) = (call.into(), RpcStatus::from(status));
    match status.code() {
        // This is how the monitor answers once an operation has failed elsewhere or was interrupted.
        tonic::Code::Unavailable | tonic::Code::Cancelled => {
            ErrorKind::EngineStopped { call, source }.into()
        }
        _ => ErrorKind::Rpc { call, source }.into(),
    }
}

/// An error and all that caused it, one line each.
#[must_use]
pub fn report(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str("\n  caused by: ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// What a panic said.
pub(crate) fn panic_error(payload: &(dyn std::any::Any + Send)) -> Error {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned());
    let place = crate::panic::last_place();
    ErrorKind::Panic { message, place }.into()
}
