//! What the pool needs to know of a function.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A function as the program describes it, with the binary that the build gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSpec {
    /// The function's name.
    pub name: String,
    /// Its ARN, as the processes see it in each invocation.
    pub arn: String,
    /// The `bootstrap` to run. Where it lies is the process's working directory and `LAMBDA_TASK_ROOT`.
    pub binary: PathBuf,
    /// The handler's name, `_HANDLER`; Rust functions ignore it.
    pub handler: String,
    /// The function's own environment variables.
    pub environment: BTreeMap<String, String>,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// The configured memory: told to the process, not enforced.
    pub memory_mb: u32,
    /// How many environments there may be at a time: the reserved concurrency.
    pub max_processes: usize,
    /// The log group's name; `/aws/lambda/<name>` if there is none.
    pub log_group: Option<String>,
    /// The Region that the function is in.
    pub region: String,
}
