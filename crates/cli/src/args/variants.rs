//! What `latents train` has from the registry: the kinds of model, and the options of variants.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgMatches, Command};
use latents_autoencoders::registry::{Registry, Variant, VariantOption};
use serde_json::{Map, Value};

const HEADING: &str = "Options of some model kinds";

/// The options of variants that were given, by their flags.
#[derive(Clone, Debug, Default)]
pub(crate) struct VariantFlags(Vec<(&'static str, String)>);

impl VariantFlags {
    /// The value of a flag, if it was given; that of a switch is empty.
    pub(crate) fn get(&self, flag: &str) -> Option<&str> {
        let given = self.0.iter().find(|(known, _)| *known == flag);
        given.map(|(_, value)| value.as_str())
    }

    /// All flags that were given.
    pub(crate) fn flags(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(flag, _)| *flag)
    }

    /// Those among the arguments of `train`.
    pub(super) fn of(train: &ArgMatches, registry: &Registry) -> Self {
        let value = |option: &VariantOption| match option.value_name {
            Some(_) => train.get_one::<String>(id(option)).cloned(),
            None => train.get_flag(id(option)).then(String::new),
        };
        let options = registry.options().into_iter();
        Self(
            options
                .filter_map(|option| Some((option.flag, value(option)?)))
                .collect(),
        )
    }
}

/// `train` with the kinds and options of the registry.
pub(super) fn augment(train: Command, registry: &Registry) -> Command {
    let kind = |variant: &'static Variant| {
        PossibleValue::new(variant.kind())
            .help(variant.summary_text())
            .aliases(variant.other_names())
    };
    let kinds: Vec<PossibleValue> = registry.variants().map(kind).collect();
    let default = registry.default_variant().kind();
    let options = registry.options().into_iter();
    train
        .mut_arg("model", |model| {
            model
                .value_parser(PossibleValuesParser::new(kinds))
                .help(format!("Kind of autoencoder [default: {default}]"))
        })
        .next_help_heading(HEADING)
        .args(options.map(|option| argument(option, registry)))
}

fn argument(option: &'static VariantOption, registry: &Registry) -> Arg {
    let kinds = registry.kinds_with(option.flag).join(", ");
    let argument = Arg::new(id(option))
        .long(id(option))
        .help(format!("{} [kinds: {kinds}]", option.help));
    match option.value_name {
        None => argument.action(ArgAction::SetTrue),
        Some(name) => {
            let readers = readers(option.flag, registry);
            argument
                .value_name(name)
                // Of a negative number the option itself says what is wrong.
                .allow_hyphen_values(true)
                .value_parser(move |text: &str| checked(text, &readers))
        }
    }
}

/// An option's name for clap: its flag without the dashes.
fn id(option: &VariantOption) -> &'static str {
    option.flag.trim_start_matches('-')
}

type Reader = fn(&str, &mut Map<String, Value>) -> Result<(), String>;

/// How each variant that has the flag reads it.
fn readers(flag: &str, registry: &Registry) -> Vec<Reader> {
    let options = registry.variants().flat_map(Variant::option_list);
    let same = options.filter(|option| option.flag == flag);
    same.map(|option| option.apply).collect()
}

/// A value that some variant takes, or why the last does not.
fn checked(text: &str, readers: &[Reader]) -> Result<String, String> {
    let refusals = readers.iter().map_while(|read| read(text, &mut Map::new()).err());
    let refusals: Vec<String> = refusals.collect();
    match refusals.into_iter().nth(readers.len() - 1) {
        Some(refusal) => Err(refusal),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::command;
    use latents_autoencoders::Registry;

    #[test]
    fn help_has_every_option_with_its_kinds() {
        let registry = Registry::standard();
        let mut train = command(&registry).find_subcommand("train").unwrap().clone();
        let help = train.render_long_help().to_string();
        // Long lines are broken somewhere.
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let options = registry.options();
        assert!(options.len() >= 13, "{}", options.len());
        for option in options {
            let kinds = registry.kinds_with(option.flag).join(", ");
            let at = help.find(&format!("{} ", option.flag)).expect(option.flag);
            let (_, rest) = help[at..].split_once("[kinds: ").expect(option.flag);
            assert!(rest.starts_with(&format!("{kinds}]")), "{}: {rest}", option.flag);
        }
        for variant in registry.variants() {
            let (kind, summary) = (variant.kind(), variant.summary_text());
            assert!(help.contains(&format!("- {kind}: {summary}")), "{help}");
        }
    }

    #[test]
    fn other_names_are_taken() {
        for variant in Registry::standard().variants() {
            for name in variant.names() {
                let matches = command(&Registry::standard()).try_get_matches_from(["latents", "train", name]);
                assert!(matches.is_ok(), "{name}");
            }
        }
    }
}
