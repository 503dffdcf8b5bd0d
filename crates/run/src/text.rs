//! `Text`: what is said to a person, with the names of settings in it.

use std::fmt;

/// Stand around the name of a setting in a text.
const OPEN: char = '\u{11}';
const CLOSE: char = '\u{12}';

/// A text that names settings. A program reads them as they are called in Rust, `image_size`; a command words them as
/// flags with [`Text::worded`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// The text with every setting worded by `word`.
    pub fn worded(&self, word: impl Fn(&str) -> String) -> String {
        let mut parts = self.0.split(OPEN);
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once(CLOSE) {
                Some((name, rest)) => {
                    text += &word(name);
                    text += rest;
                }
                None => text += part,
            }
        }
        text
    }

    /// A text of the library, which has the names of settings in backticks: a remedy of the doctor, for example.
    ///
    /// ```
    /// # use latents_run::{Text, flag};
    /// let remedy = Text::quoted("Lower `learning_rate`, or set `clip_norm` to 1.");
    /// assert_eq!(remedy.worded(flag), "Lower --learning-rate, or set --clip to 1.");
    /// ```
    pub fn quoted(text: &str) -> Self {
        let is_name = |part: &str| {
            let is_letter = |letter: char| letter.is_ascii_lowercase() || matches!(letter, '_' | '.');
            !part.is_empty() && part.chars().all(is_letter)
        };
        let parts = text.split('`').enumerate().map(|(index, part)| match index % 2 {
            0 => part.to_owned(),
            _ if is_name(part) => format!("{OPEN}{part}{CLOSE}"),
            _ => format!("`{part}`"),
        });
        Self(parts.collect())
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// This text with another one after it.
    pub(crate) fn joined(mut self, next: &Self) -> Self {
        self.0 += &next.0;
        self
    }

    pub(crate) fn prefixed(&self, place: &str) -> Self {
        Self(format!("{place}: {}", self.0))
    }

    pub(crate) fn replaced(&self, from: &str, to: &str) -> Self {
        Self(self.0.replace(from, to))
    }
}

impl<S: Into<String>> From<S> for Text {
    fn from(text: S) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.worded(|name| format!("`{name}`")))
    }
}

/// The flag of a setting: `--image-size` for `image_size`.
///
/// ```
/// # use latents_run::flag;
/// assert_eq!((flag("image_size"), flag("hidden_activation")), ("--image-size".into(), "--activation".into()));
/// ```
pub fn flag(setting: &str) -> String {
    let name = match setting {
        "clip_norm" => "clip",
        "model.schedule" => "beta-schedule",
        "hidden_activation" => "activation",
        "output_activation" => "output",
        _ => setting,
    };
    format!("--{}", name.replace('_', "-"))
}

/// Settings, to be put into texts.
pub mod setting {
    macro_rules! settings {
        ($($constant:ident = $name:literal;)*) => {$(
            #[doc = concat!("`", $name, "` in a text.")]
            pub const $constant: &str = concat!("\u{11}", $name, "\u{12}");
        )*};
    }

    settings! {
        ANOMALIES = "anomalies";
        CHANNELS = "channels";
        DATA = "data";
        DENSITY = "density";
        FINE_TUNE = "fine_tune";
        IMAGE_SIZE = "image_size";
        LABEL = "label";
        LATENTS = "latents";
        LATENT_CHANNELS = "latent_channels";
        LEARNING_RATE = "learning_rate";
        NEIGHBOURS = "neighbours";
        NOISE = "noise";
        OUT = "out";
        OUTPUT = "output";
        OVERWRITE = "overwrite";
        PART = "part";
        PRETRAINING = "pretraining";
        RUN_DATA = "run_data";
        SCALE = "scale";
        SEED = "seed";
        TEST = "test";
        VALIDATION = "validation";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use setting::{OUT, RUN_DATA};

    #[test]
    fn settings_are_worded() {
        let text = Text::from(format!("{OUT} and {RUN_DATA}"));
        assert_eq!(text.to_string(), "`out` and `run_data`");
        let flag = |name: &str| format!("--{}", name.replace('_', "-"));
        assert_eq!(text.worded(flag), "--out and --run-data");
        assert_eq!(Text::from("plain").to_string(), "plain");
        assert_eq!(Text::from("torn \u{11}text").to_string(), "torn text");
    }
}
