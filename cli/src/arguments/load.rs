//! The command line of the load.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tidegate_load::Mix;
use tidegate_load::mix::PRESETS;

use super::StackArguments;

#[derive(Debug, Args)]
pub(crate) struct LoadArguments {
    #[command(flatten)]
    pub(crate) stack: StackArguments,
    /// How many users
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) users: u32,
    /// Where they connect [default: what `tidegate dev` serves]
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Have tokens from the local user pool: each user a user of its own. So it is where no tokens are named
    #[arg(long)]
    pub(crate) local: bool,
    /// Have each token from this command, run by the shell with the user's number in TIDEGATE_LOAD_USER
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["local", "token_file"])]
    pub(crate) token_command: Option<String>,
    /// Have tokens from this file, one a line, which are used in turn
    #[arg(long, value_name = "FILE", conflicts_with = "local")]
    pub(crate) token_file: Option<PathBuf>,
    /// What they do: the name of a mix, or a JSON file with one (see --help)
    #[arg(long, value_name = "NAME|FILE", default_value = "chat", value_parser = mix, long_help = mix_help())]
    pub(crate) mix: Mix,
    /// How long they do it, once they are there: seconds, or as in 90s, 10m, 2h
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) duration: Duration,
    /// How many users come in a second, at the most; AWS takes 500 of an account
    #[arg(long, value_name = "NUMBER", default_value_t = 200.0)]
    pub(crate) rate: f64,
    /// What everything is drawn from, to have the same load again [default: another each time, which is said]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Write a page with charts to this file
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
    /// Print the outcome as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn mix(text: &str) -> Result<Mix, String> {
    if let Some(mix) = Mix::preset(text) {
        return Ok(mix);
    }
    let names: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
    let file = std::fs::read_to_string(text).map_err(|error| {
        format!(
            "it is none of the mixes {}, and no file that can be read ({error})",
            names.join(", ")
        )
    })?;
    Mix::from_json(&file).map_err(|error| error.to_string())
}

fn mix_help() -> String {
    let mut help =
        "What they do: the name of a mix, or a JSON file with one\n\nMixes:\n".to_owned();
    for (name, what) in PRESETS {
        help.push_str(&format!("  {name:<10} {what}\n"));
    }
    let chat = Mix::preset("chat").and_then(|chat| serde_json::to_string_pretty(&chat).ok());
    help.push_str(&format!(
        "\n`chat` as a file:\n{}",
        chat.unwrap_or_default()
    ));
    help
}

fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.find(|character: char| character.is_ascii_alphabetic()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return Err("the unit is none of s, m, h".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_with_its_unit() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7_200)));
        assert!(duration("2d").is_err());
        assert!(duration("-2s").is_err());
    }

    #[test]
    fn what_is_no_mix_is_refused_with_those_that_there_are() {
        assert!(mix("rave").unwrap_err().contains("broadcast"));
        assert!(mix_help().contains("usersPerChannel"));
    }
}
