//! Route keys of HTTP APIs: `GET /things/{id}`, `ANY /{proxy+}`, `$default`.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

const METHODS: [&str; 8] = [
    "ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT",
];

/// A route key that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteKey {
    text: String,
    pattern: Pattern,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// Whatever no other route takes.
    Default,
    Path {
        /// None for any.
        method: Option<String>,
        segments: Vec<Segment>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter(String),
    /// All that is left, one segment at least.
    Greedy(String),
}

/// A key that API Gateway does not take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no route key of an HTTP API: it is `$default`, or a method (or ANY) and a path such as `GET /things/{{id}}`, \
     in which only the last part may be `{{name+}}`"
)]
pub struct InvalidRouteKey(String);

/// A route that takes a request. The least one is the most specific, and is taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    rank: Vec<u8>,
    /// The parameters of the path, by name, decoded.
    pub parameters: BTreeMap<String, String>,
}

impl RouteKey {
    /// Reads a key.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, InvalidRouteKey> {
        let pattern = if text == "$default" {
            Some(Pattern::Default)
        } else {
            text.split_once(' ')
                .and_then(|(method, path)| path_pattern(method, path))
        };
        let pattern = pattern.ok_or_else(|| InvalidRouteKey(text.to_owned()))?;
        Ok(Self {
            text: text.to_owned(),
            pattern,
        })
    }

    /// The key as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What follows the stage's ARN in the ARN of the route: `GET/things/{id}`.
    #[must_use]
    pub fn arn_suffix(&self) -> String {
        self.text.replacen(' ', "", 1)
    }

    /// How the route takes a request, if it does. `path` is as the client sent it.
    #[must_use]
    pub fn takes(&self, method: &str, path: &str) -> Option<Match> {
        match &self.pattern {
            Pattern::Default => Some(Match {
                rank: vec![u8::MAX],
                parameters: BTreeMap::new(),
            }),
            Pattern::Path {
                method: wanted,
                segments,
            } => {
                if wanted.as_ref().is_some_and(|wanted| wanted != method) {
                    return None;
                }
                let mut matched = segments_match(segments, path)?;
                matched.rank.push(u8::from(wanted.is_none()));
                Some(matched)
            }
        }
    }
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn path_pattern(method: &str, path: &str) -> Option<Pattern> {
    if !METHODS.contains(&method) {
        return None;
    }
    let segments = path
        .strip_prefix('/')?
        .split('/')
        .map(segment)
        .collect::<Option<Vec<_>>>()?;
    let greedy = |segment: &Segment| matches!(segment, Segment::Greedy(_));
    let (_, before) = segments.split_last()?;
    if before.iter().any(greedy) {
        return None;
    }
    Some(Pattern::Path {
        method: (method != "ANY").then(|| method.to_owned()),
        segments,
    })
}

fn segment(text: &str) -> Option<Segment> {
    let Some(name) = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    else {
        return (!text.contains(['{', '}', ' '])).then(|| Segment::Literal(text.to_owned()));
    };
    let (name, greedy) = match name.strip_suffix('+') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if name.is_empty() || !name.bytes().all(plain) {
        return None;
    }
    let name = name.to_owned();
    Some(if greedy {
        Segment::Greedy(name)
    } else {
        Segment::Parameter(name)
    })
}

fn segments_match(segments: &[Segment], path: &str) -> Option<Match> {
    let mut rest = Some(path.strip_prefix('/')?);
    let mut matched = Match {
        rank: Vec::new(),
        parameters: BTreeMap::new(),
    };
    for segment in segments {
        let left = rest?;
        let (part, after) = match left.split_once('/') {
            Some((part, after)) => (part, Some(after)),
            None => (left, None),
        };
        rest = after;
        let rank = match segment {
            Segment::Literal(literal) => {
                if decoded(part) != *literal {
                    return None;
                }
                0
            }
            Segment::Parameter(_) | Segment::Greedy(_) if part.is_empty() => return None,
            Segment::Parameter(name) => {
                matched.parameters.insert(name.clone(), decoded(part));
                1
            }
            Segment::Greedy(name) => {
                matched.parameters.insert(name.clone(), decoded(left));
                rest = None;
                2
            }
        };
        matched.rank.push(rank);
    }
    rest.is_none().then_some(matched)
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the route that takes a request, and its parameters.
    fn taken<'a>(
        keys: &[&'a str],
        method: &str,
        path: &str,
    ) -> Option<(&'a str, Vec<(String, String)>)> {
        let matches = keys.iter().filter_map(|key| {
            let matched = RouteKey::parse(key).unwrap().takes(method, path)?;
            Some((matched, *key))
        });
        let (matched, key) = matches.min()?;
        Some((key, matched.parameters.into_iter().collect()))
    }

    /// The example of "Working with routes for HTTP APIs" in AWS's documentation.
    #[test]
    fn the_most_specific_route_is_taken() {
        let keys = [
            "$default",
            "ANY /{proxy+}",
            "GET /pets/{proxy+}",
            "GET /pets/dog/{id}",
            "GET /pets/dog/1",
        ];
        for (method, path, expected) in [
            ("GET", "/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
            ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
            ("POST", "/test/5", "ANY /{proxy+}"),
            ("POST", "/", "$default"),
        ] {
            let (key, _) = taken(&keys, method, path).unwrap();
            assert_eq!(key, expected, "{method} {path}");
        }
        let (key, _) = taken(&["ANY /a", "GET /a"], "GET", "/a").unwrap();
        assert_eq!(key, "GET /a", "a method is more specific than any");
    }

    #[test]
    fn parameters_are_decoded_and_a_greedy_one_takes_all_that_is_left() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let keys = ["GET /things/{id}/{rest+}"];
        let (_, parameters) = taken(&keys, "GET", "/things/a%20b/c/d%2Fe").unwrap();
        assert_eq!(
            parameters,
            [pair("id", "a b"), pair("rest", "c/d/e")].to_vec()
        );
    }

    #[test]
    fn a_path_that_is_longer_shorter_or_empty_somewhere_is_another() {
        for path in [
            "/things",
            "/things/",
            "/things/7/",
            "/things/7/x",
            "/Things/7",
        ] {
            assert_eq!(taken(&["GET /things/{id}"], "GET", path), None, "{path}");
        }
        assert!(taken(&["GET /"], "GET", "/").is_some());
        assert!(taken(&["GET /a"], "POST", "/a").is_none());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for key in [
            "",
            "/a",
            "GET",
            "GET a",
            "FETCH /a",
            "get /a",
            "GET /{a+}/b",
            "GET /{}",
            "GET /x{a}",
            "$connect",
        ] {
            assert!(RouteKey::parse(key).is_err(), "{key}");
        }
    }
}
