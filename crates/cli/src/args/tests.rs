//! Every default that the help prints can be typed, and every refusal says what is expected.

use super::*;
use clap::ArgMatches;
use clap::error::ErrorKind;

fn with_value(arg: &Arg, value: &str) -> Vec<String> {
    match arg.get_long() {
        Some(long) => vec![format!("--{long}"), value.to_owned()],
        None => vec![value.to_owned()],
    }
}

/// A value that any argument of this command takes.
fn usual(arg: &Arg) -> &'static str {
    match arg.get_id().as_str() {
        "from" | "to" => "1",
        "shell" => "bash",
        _ => "x.png",
    }
}

/// The result of typing a value for an option of a command, with all that the command needs besides.
fn typed(command: &clap::Command, option: &Arg, value: &str) -> Result<ArgMatches, clap::Error> {
    let others = command.get_arguments();
    let others = others.filter(|arg| arg.get_id() != option.get_id());
    let often = |arg: &Arg| ["data", "out"].contains(&arg.get_id().as_str());
    let needed = others.filter(|arg| arg.is_required_set() || often(arg));
    let mut words = vec![command.get_name().to_owned()];
    words.extend(needed.flat_map(|arg| with_value(arg, usual(arg))));
    words.extend(with_value(option, value));
    command.clone().try_get_matches_from(words)
}

/// All options with a value of all commands.
fn options() -> Vec<(clap::Command, Arg)> {
    let mut all = command(&Registry::standard());
    all.build();
    let commands = all
        .get_subcommands()
        .filter(|command| command.get_name() != "help");
    let options = commands.flat_map(|command| {
        let options = command
            .get_arguments()
            .filter(|arg| arg.get_action().takes_values());
        options.map(|option| (command.clone(), option.clone()))
    });
    options.collect()
}

/// `adam` of `Optimizer [default: adam]`, `32` of `… [default: 32; 64 for images]`.
fn printed_default(option: &Arg) -> Option<String> {
    let help = option.get_long_help().or(option.get_help())?.to_string();
    let (_, default) = help.split_once("[default: ")?;
    let (default, _) = default.split_once(']')?;
    let first = default.split("; ").next()?.split(", ").next()?;
    Some(first.to_owned())
}

/// Defaults that are words about values, not values.
const IN_WORDS: [&str; 21] = [
    "one per core",
    "as in training",
    "the run's own validation rows",
    "the data's own validation rows",
    "half the columns",
    "the encoder's in reverse",
    "no clipping",
    "no limit",
    "no early stopping",
    "no reviving",
    "runs/MODEL-DATA-NUMBER",
    "error for images",
    "prior if the model has one",
    "the mean code",
    "the ten that change rows most",
    "all",
    "list all",
    "the same weight",
    "topk with an eighth of the units",
    "the k of --penalty",
    "one for every 4 latent dimensions",
];

#[test]
fn every_default_in_the_help_can_be_typed() {
    let mut values = 0;
    for (command, option) in options() {
        let Some(default) = printed_default(&option) else {
            continue;
        };
        if IN_WORDS.contains(&default.as_str()) {
            continue;
        }
        let typed = typed(&command, &option, &default);
        assert!(
            typed.is_ok(),
            "{} {}: {default}",
            command.get_name(),
            option.get_id()
        );
        values += 1;
    }
    assert!(values >= 25, "{values}");
}

#[test]
fn the_definition_is_sound() {
    command(&Registry::standard()).debug_assert();
}

/// Options that take any text: names and paths.
const ANY_TEXT: [&str; 12] = [
    "adbench",
    "anomalies",
    "codes",
    "config",
    "data",
    "label",
    "mnist",
    "name",
    "out",
    "run",
    "run_data",
    "runs",
];

#[test]
fn every_refusal_shows_the_value_and_what_is_expected() {
    let mut refusals = 0;
    for (command, option) in options() {
        for wrong in ["-1x", "no such value"] {
            let place = format!("{} {} {wrong}", command.get_name(), option.get_id());
            let error = match typed(&command, &option, wrong) {
                Ok(_) => {
                    assert!(ANY_TEXT.contains(&option.get_id().as_str()), "{place} is taken");
                    continue;
                }
                Err(error) => error,
            };
            if error.kind() == ErrorKind::UnknownArgument && option.is_positional() {
                continue;
            }
            if error.kind() == ErrorKind::UnknownArgument {
                // `--out -x` is more likely a forgotten value.
                assert!(ANY_TEXT.contains(&option.get_id().as_str()), "{place}\n{error}");
                continue;
            }
            let text = error.to_string();
            let says = [
                "must be",
                "must name",
                "expected ",
                "write ",
                "give ",
                "possible values",
                "schedules are",
                "known are",
            ];
            assert!(
                text.contains(&format!("'{wrong}'")) && says.iter().any(|words| text.contains(words)),
                "{place}\n{text}"
            );
            refusals += 1;
        }
    }
    assert!(refusals >= 80, "{refusals}");
}
