//! From names in a schema to names in Rust.

/// Words that cannot be names, of every edition, and the names that `std` gives a meaning.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// `billingMode` as `billing_mode`; a keyword gets an underscore at its end.
pub(crate) fn snake(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, &character) in characters.iter().enumerate() {
        if !character.is_ascii_alphanumeric() {
            if !snake.is_empty() && !snake.ends_with('_') {
                snake.push('_');
            }
            continue;
        }
        let after_lower = index > 0
            && (characters[index - 1].is_ascii_lowercase()
                || characters[index - 1].is_ascii_digit());
        let before_lower = characters
            .get(index + 1)
            .is_some_and(char::is_ascii_lowercase);
        if character.is_ascii_uppercase()
            && !snake.is_empty()
            && !snake.ends_with('_')
            && (after_lower || before_lower)
        {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    if snake.starts_with(|first: char| first.is_ascii_digit()) {
        snake.insert(0, '_');
    }
    if KEYWORDS.contains(&snake.as_str()) {
        snake.push('_');
    }
    snake
}

/// `billingMode` as `BillingMode`.
pub(crate) fn pascal(name: &str) -> String {
    let mut pascal = String::new();
    let mut upper = true;
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() {
            upper = true;
            continue;
        }
        pascal.push(if upper {
            character.to_ascii_uppercase()
        } else {
            character
        });
        upper = false;
    }
    if pascal.starts_with(|first: char| first.is_ascii_digit()) {
        pascal.insert(0, 'V');
    }
    if pascal == "Self" {
        pascal.push('_');
    }
    pascal
}

/// A name in Rust that must not be one of these.
pub(crate) fn apart_from(mut name: String, taken: &[&str]) -> String {
    if taken.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_become_snake_case() {
        for (name, expected) in [
            ("billingMode", "billing_mode"),
            ("s3Bucket", "s3_bucket"),
            ("kmsKeyArn", "kms_key_arn"),
            ("ttlInSeconds", "ttl_in_seconds"),
            ("URLSuffix", "url_suffix"),
            ("type", "type_"),
            ("ref", "ref_"),
            ("$schema", "schema"),
            ("AWS", "aws"),
        ] {
            assert_eq!(snake(name), expected);
        }
    }

    #[test]
    fn types_become_pascal_case() {
        for (name, expected) in [
            ("tableAttribute", "TableAttribute"),
            ("provided.al2023", "ProvidedAl2023"),
            ("1.0", "V10"),
            ("self", "Self_"),
        ] {
            assert_eq!(pascal(name), expected);
        }
    }
}
