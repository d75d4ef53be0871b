//! Strings put together from outputs.

use std::fmt::Display;

use crate::input::Input;
use crate::output::Output;

/// What can be part of a string: anything that can be shown, and outputs of it.
pub trait IntoText {
    /// This part of the string.
    fn into_text(self) -> Output<String>;
}

/// The types that show themselves. No blanket implementation: it would forbid that of outputs.
macro_rules! shown {
    ($($type:ty),* $(,)?) => {$(
        impl IntoText for $type {
            fn into_text(self) -> Output<String> {
                Output::known(self.to_string())
            }
        }
    )*};
}

shown!(
    String, &String, &str, &&str, bool, char, i32, i64, u16, u32, u64, usize, f64, &i64, &u32
);

impl<T: Display + Clone + Send + Sync + 'static> IntoText for Output<T> {
    fn into_text(self) -> Output<String> {
        (&self).into_text()
    }
}

impl<T: Display + Clone + Send + Sync + 'static> IntoText for &Output<T> {
    fn into_text(self) -> Output<String> {
        self.map(|value| value.to_string())
    }
}

impl IntoText for Input<String> {
    fn into_text(self) -> Output<String> {
        self.to_output()
    }
}

impl Output<String> {
    /// Strings, and outputs of what can be shown, one after the other.
    pub fn concat<I>(parts: I) -> Self
    where
        I: IntoIterator,
        I::Item: IntoText,
    {
        Self::all(parts.into_iter().map(IntoText::into_text)).map(|parts| parts.concat())
    }
}

/// A string put together as `format!` does, where any argument may be an output: so is the result.
///
/// ```
/// use pulumi::{Output, interpolate};
///
/// let region = Output::known("eu-central-1".to_owned());
/// let days = Output::known(7);
/// let arn: Output<String> = interpolate!("arn:aws:logs:{}:{}:*", &region, "123456789012");
/// let text: Output<String> = interpolate!("kept for {days:>3} days in {region}", days = days, region = &region);
/// ```
#[macro_export]
macro_rules! interpolate {
    ($format:literal $(, $name:ident = $argument:expr)+ $(,)?) => {
        $crate::Output::all([$($crate::IntoText::into_text($argument)),+])
            .map(|parts: ::std::vec::Vec<::std::string::String>| {
                let mut parts = parts.into_iter();
                $(let $name = parts.next().unwrap_or_default();)+
                ::std::format!($format $(, $name = $name)+)
            })
    };
    ($format:literal $(, $argument:expr)+ $(,)?) => {
        $crate::Output::all([$($crate::IntoText::into_text($argument)),+])
            .map(|parts: ::std::vec::Vec<::std::string::String>| {
                let mut parts = parts.into_iter();
                // One part for each argument; its text only ties the repetition to it.
                ::std::format!($format $(, {
                    let _ = ::core::stringify!($argument);
                    parts.next().unwrap_or_default()
                })+)
            })
    };
}
