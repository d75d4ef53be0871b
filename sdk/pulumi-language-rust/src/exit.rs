//! What a program's end means to the engine.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use crate::protocol::RunResponse;

/// The exit code of a program that failed and has told the engine why. Pulumi's host for Node.js gave it this meaning.
const FAILED_AND_SHOWN: i32 = 32;
/// The exit code of a Rust program whose main thread panics.
const PANICKED: i32 = 101;

/// The signals that end processes most often.
const SIGNALS: [(i32, &str); 12] = [
    (1, "SIGHUP"),
    (2, "SIGINT"),
    (3, "SIGQUIT"),
    (4, "SIGILL"),
    (6, "SIGABRT"),
    (8, "SIGFPE"),
    (9, "SIGKILL"),
    (11, "SIGSEGV"),
    (13, "SIGPIPE"),
    (14, "SIGALRM"),
    (15, "SIGTERM"),
    (24, "SIGXCPU"),
];

/// The answer to a run that ended so.
pub(crate) fn response(status: ExitStatus) -> RunResponse {
    let error = match (status.code(), status.signal()) {
        (Some(0), _) => String::new(),
        (Some(FAILED_AND_SHOWN), _) => return shown(),
        (Some(PANICKED), _) => {
            format!(
                "the program ended with exit code {PANICKED}: it panicked, and its output says where"
            )
        }
        (Some(code), _) => format!("the program ended with exit code {code}"),
        (None, Some(signal)) => format!("the program was ended by signal {}", named(signal)),
        (None, None) => format!("the program ended in an unknown way ({status})"),
    };
    RunResponse { error, bail: false }
}

/// The answer to a run of whose failure the engine knows all.
pub(crate) fn shown() -> RunResponse {
    RunResponse {
        error: String::new(),
        bail: true,
    }
}

fn named(signal: i32) -> String {
    let mut names = SIGNALS.iter();
    match names.find(|(number, _)| *number == signal) {
        Some((_, name)) => format!("{signal} ({name})"),
        None => signal.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_code(code: i32) -> RunResponse {
        response(ExitStatus::from_raw(code << 8))
    }

    fn error_after_signal(signal: i32) -> String {
        response(ExitStatus::from_raw(signal)).error
    }

    #[test]
    fn a_program_that_ends_well_has_no_error() {
        assert_eq!(after_code(0), RunResponse::default());
    }

    #[test]
    fn a_program_that_has_shown_its_failure_ends_the_run_without_more() {
        assert_eq!(after_code(32), shown());
        assert!(shown().bail);
    }

    #[test]
    fn any_other_failure_is_one_sentence() {
        assert_eq!(after_code(1).error, "the program ended with exit code 1");
        assert!(after_code(101).error.contains("panicked"));
        assert_eq!(
            error_after_signal(9),
            "the program was ended by signal 9 (SIGKILL)"
        );
        assert_eq!(error_after_signal(31), "the program was ended by signal 31");
        assert!(!after_code(1).bail);
    }
}
