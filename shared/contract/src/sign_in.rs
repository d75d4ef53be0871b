//! How people sign in, as far as the program that declares the app client and the command that signs in with it must
//! agree: where the browser comes back to, and what is asked for.

/// The ports that `tidegate login` may listen on, in the order in which it tries them. Cognito compares a callback URL
/// with those of the app client letter by letter, port included.
pub const CALLBACK_PORTS: [u16; 3] = [8976, 8977, 8978];
/// The path on which it listens.
pub const CALLBACK_PATH: &str = "/callback";
/// What is asked for. Cognito gives no ID token without it.
pub const SCOPES: [&str; 1] = ["openid"];

/// Where the browser comes back to. `localhost` is the one host for which Cognito takes HTTP.
#[must_use]
pub fn callback_url(port: u16) -> String {
    format!("http://localhost:{port}{CALLBACK_PATH}")
}

/// All of them, for the app client.
#[must_use]
pub fn callback_urls() -> Vec<String> {
    CALLBACK_PORTS.map(callback_url).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_comes_back_to_this_machine() {
        assert_eq!(callback_urls()[0], "http://localhost:8976/callback");
        assert_eq!(callback_urls().len(), CALLBACK_PORTS.len());
    }
}
