//! The values of flags: what a text must be, and what is said where it is not.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use latents_autoencoders::Corruption;
use latents_autoencoders::registry::size_list;
pub(super) use latents_autoencoders::registry::{at_least_one, fraction, not_negative, positive};
use latents_data::{Color, ImageSize, ScalingRule};
use latents_nn::{Activation, OptimizerConfig, OptimizerKind, Schedule};
use latents_run::{Part, ScoreKind};
use std::str::FromStr;

/// Layer sizes. A type of its own, since clap takes a plain `Vec` for a flag that may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sizes(pub(crate) Vec<usize>);

pub(super) fn at_least_two(text: &str) -> Result<usize, String> {
    match at_least_one(text) {
        Ok(1) | Err(_) => Err("must be a whole number, 2 or more: both ends are steps".to_owned()),
        number => number,
    }
}

/// A larger number is a typing mistake, and starting that many threads hangs the machine.
const MOST_THREADS: usize = 1024;

pub(super) fn threads(text: &str) -> Result<usize, String> {
    match at_least_one(text) {
        Ok(number) if number <= MOST_THREADS => Ok(number),
        _ => Err(format!("must be a whole number from 1 to {MOST_THREADS}")),
    }
}

/// A seed: what a TOML file can hold.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    match text.trim().parse() {
        Ok(seed) if seed <= i64::MAX as u64 => Ok(seed),
        _ => Err(format!("must be a whole number from 0 to {}", i64::MAX)),
    }
}

pub(super) fn sizes(text: &str) -> Result<Sizes, String> {
    match text.trim() {
        "none" | "" => Ok(Sizes(Vec::new())),
        list => size_list(list).map(Sizes),
    }
}

pub(super) fn layers(text: &str) -> Result<Sizes, String> {
    match sizes(text)? {
        Sizes(sizes) if sizes.is_empty() => {
            Err("must name at least one layer, the code, as in 1000,500,250,30".to_owned())
        }
        sizes => Ok(sizes),
    }
}

/// Latent dimensions, from 1, also as the header of a CSV file of codes names them.
pub(super) fn latents(text: &str) -> Result<Sizes, String> {
    let number = |name: &str| at_least_one(name.trim().trim_start_matches('z'));
    let numbers = text.split(',').map(number).collect::<Result<_, _>>();
    numbers
        .map(Sizes)
        .map_err(|_| "must be latent dimensions, counted from 1, as in 1,4 or z1,z4".to_owned())
}

pub(super) fn noise(text: &str) -> Result<Corruption, String> {
    text.parse::<Corruption>().map_err(|error| error.to_string())
}

pub(super) fn schedule(text: &str) -> Result<Schedule, String> {
    text.parse::<Schedule>().map_err(|error| error.to_string())
}

/// One of some words, which another type reads.
fn words<V>(words: &[(&'static str, &'static str)]) -> impl TypedValueParser<Value = V> + use<V>
where
    V: FromStr<Err = String> + Clone + Send + Sync + 'static,
{
    let value = |(word, help): &(&'static str, &'static str)| PossibleValue::new(*word).help(*help);
    PossibleValuesParser::new(words.iter().map(value)).try_map(|word: String| word.parse::<V>())
}

pub(super) fn parts() -> impl TypedValueParser<Value = Part> {
    words(&[
        ("train", "The training rows"),
        ("validation", "The validation rows"),
    ])
}

pub(super) fn score_kinds() -> impl TypedValueParser<Value = ScoreKind> {
    words(&[
        (
            "shape",
            "The distance of reconstruction and residual from those of the training rows",
        ),
        ("error", "The mean squared error of the reconstruction"),
    ])
}

/// The names of the optimisers.
pub(super) fn optimizers() -> PossibleValuesParser {
    let value = |kind: &OptimizerKind| PossibleValue::new(kind.name).help(kind.help);
    PossibleValuesParser::new(OptimizerConfig::KINDS.iter().map(value))
}

pub(super) fn image_size(text: &str) -> Result<ImageSize, String> {
    text.parse::<ImageSize>()
        .map_err(|error| error.requirement.to_owned())
}

pub(super) fn color(text: &str) -> Result<Color, String> {
    text.parse::<Color>()
        .map_err(|error| error.requirement.to_owned())
}

/// A part of rows: above 0, below 1.
pub(super) fn part(text: &str) -> Result<f64, String> {
    match fraction(text) {
        Ok(0.0) | Err(_) => Err("must be a number above 0 and below 1".to_owned()),
        part => part,
    }
}

pub(super) fn part_up_to_half(text: &str) -> Result<f64, String> {
    match part(text) {
        Ok(part) if part <= 0.5 => Ok(part),
        _ => Err("must be a number above 0 and at most 0.5".to_owned()),
    }
}

pub(super) fn scaling_rule(text: &str) -> Result<ScalingRule, String> {
    text.parse::<ScalingRule>().map_err(|error| error.problem())
}

pub(super) fn activation(text: &str) -> Result<Activation, String> {
    text.parse::<Activation>().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest count: what a TOML file can hold.
    const MOST: usize = i64::MAX as usize;

    #[test]
    fn values_are_checked() {
        assert_eq!(sizes("128, 64"), Ok(Sizes(vec![128, 64])));
        assert_eq!(sizes("none"), Ok(Sizes(Vec::new())));
        let refused = "must be whole numbers, 1 or more, separated by commas, as in 128,64; `0` is not one";
        assert_eq!(sizes("128,0"), Err(refused.to_owned()));
        assert_eq!(
            at_least_one("-3"),
            Err("must be a whole number, 1 or more".to_owned())
        );
        assert_eq!((seed("0"), seed("9223372036854775807")), (Ok(0), Ok(MOST as u64)));
        for wrong in ["-1", "1.5", "x", "", "9223372036854775808"] {
            assert_eq!(
                seed(wrong),
                Err(format!("must be a whole number from 0 to {MOST}"))
            );
        }
        assert_eq!(at_least_one(&MOST.to_string()), Ok(MOST));
        for larger in ["9223372036854775808", "99999999999999999999999"] {
            let error = Err(format!("must be at most {MOST}"));
            assert_eq!(at_least_one(larger), error);
        }
        assert!(positive("nan").is_err() && positive("0").is_err() && positive("1e-3").is_ok());
        assert!(fraction("1").is_err() && fraction("0").is_ok() && fraction("nan").is_err());
    }

    #[test]
    fn parts_and_latents_are_read() {
        assert_eq!(latents("1, z4"), Ok(Sizes(vec![1, 4])));
        assert!(latents("0").is_err() && latents("").is_err() && latents("1,,2").is_err());
        assert_eq!((part("0.01"), part_up_to_half("0.5")), (Ok(0.01), Ok(0.5)));
        assert!(part("0").is_err() && part("1").is_err() && part_up_to_half("0.6").is_err());
        assert_eq!(at_least_two("2"), Ok(2));
        assert!(at_least_two("1").is_err());
    }
}
