//! What a build tells whoever waits for it.

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use pulumi_gestalt_proto::pulumi::pulumirpc::LogSeverity;

/// What the compiler says, as the engine shows it; `None` for what only counts others.
pub(crate) fn entry(diagnostic: &Diagnostic) -> Option<(LogSeverity, String)> {
    let severity = match diagnostic.level {
        DiagnosticLevel::Error | DiagnosticLevel::Ice => LogSeverity::Error,
        DiagnosticLevel::Warning => LogSeverity::Warning,
        // Remarks on what was said before, such as where to read more of an error.
        _ => return None,
    };
    let message = &diagnostic.message;
    let counts = message.starts_with("aborting due to")
        || message.ends_with("warning emitted")
        || message.ends_with("warnings emitted");
    if counts {
        return None;
    }
    let text = diagnostic.rendered.as_ref().unwrap_or(message);
    // The engine writes the severity before it.
    let shown = ["error: ", "warning: "];
    let shown = shown.iter().find_map(|prefix| text.strip_prefix(prefix));
    Some((severity, shown.unwrap_or(text).trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry_of(level: &str, message: &str) -> Option<LogSeverity> {
        let diagnostic = serde_json::json!({
            "message": message, "code": null, "level": level, "spans": [], "children": [],
            "rendered": format!("{level}: {message}\n"),
        });
        let diagnostic = serde_json::from_value(diagnostic).unwrap();
        let (severity, text) = entry(&diagnostic)?;
        assert_eq!(text, message);
        Some(severity)
    }

    #[test]
    fn errors_and_warnings_keep_their_severity() {
        assert_eq!(
            entry_of("error", "mismatched types"),
            Some(LogSeverity::Error)
        );
        assert_eq!(
            entry_of("error", "linking with `cc` failed"),
            Some(LogSeverity::Error)
        );
        assert_eq!(
            entry_of("warning", "unused variable: `x`"),
            Some(LogSeverity::Warning)
        );
    }

    #[test]
    fn what_only_counts_or_refers_to_others_is_not_shown() {
        assert_eq!(entry_of("error", "aborting due to 2 previous errors"), None);
        assert_eq!(entry_of("warning", "1 warning emitted"), None);
        assert_eq!(
            entry_of("failure-note", "For more information about this error, …"),
            None
        );
    }
}
