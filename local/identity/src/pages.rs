//! The pages that a browser is shown. No script, nothing from elsewhere.

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem}\
                     button,input{font:inherit;padding:.4rem .8rem;margin:.2rem 0}\
                     .wrong{color:#a00}.note{color:#666}";

/// The page to sign in on.
pub(crate) fn sign_in(client: &str, users: &[&str], problem: Option<&str>) -> String {
    let problem = problem
        .map(|problem| format!("<p class=\"wrong\" role=\"alert\">{}</p>", escaped(problem)));
    let buttons: String = users
        .iter()
        .map(|user| {
            let user = escaped(user);
            format!("<p><button name=\"user\" value=\"{user}\">{user}</button></p>")
        })
        .collect();
    let users = if buttons.is_empty() {
        "<p>There are no users yet: <code>tidegate users create --local --user alice</code> makes one.</p>".to_owned()
    } else {
        buttons
    };
    page(
        "Sign in",
        &format!(
            "{}<p>to the app client <code>{}</code>. Who are you?</p><form method=\"post\">{users}\
             <p><button name=\"cancel\" value=\"1\">Cancel</button></p></form>\
             <p class=\"note\">This is the user pool of <code>tidegate dev</code> on this machine: no password is needed. \
             On AWS this page is Cognito's, and it asks for one.</p>",
            problem.unwrap_or_default(),
            escaped(client),
        ),
    )
}

/// The page of a request that cannot go on.
pub(crate) fn error(code: &str, problem: &str) -> String {
    page(
        "An error was encountered with the requested page",
        &format!(
            "<p class=\"wrong\" role=\"alert\"><code>{}</code>: {}</p>",
            escaped(code),
            escaped(problem)
        ),
    )
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><h1>{title}</h1>{body}</body></html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut safe, char| {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            char => safe.push(char),
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_comes_from_outside_is_markup() {
        let shown = sign_in("<script>", &["\"><img>"], Some("'x' & <b>"));
        assert!(!shown.contains("<script") && !shown.contains("<img") && !shown.contains("<b>"));
        assert!(!error("<i>", "<u>").contains("<u>"));
    }
}
