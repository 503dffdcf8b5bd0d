//! `Variant`: what the registry knows of one.

use super::{Family, ModelConfig, VariantOption};
use crate::NetworkConfig;
use latents_error::ConfigError;
use std::fmt;

/// Sizes that a command chooses for a variant where a person chooses none: the hidden layers and the code for rows of so
/// many columns.
pub type Preset = fn(columns: usize) -> (Vec<usize>, usize);

/// A variant: its name, its words, its options, and the family that builds it.
pub struct Variant {
    kind: &'static str,
    aliases: &'static [&'static str],
    summary: &'static str,
    paper: &'static str,
    options: &'static [VariantOption],
    of_code: &'static [&'static str],
    preset: Option<Preset>,
    golden: Option<&'static str>,
    default: fn(NetworkConfig) -> ModelConfig,
    default_settings: fn(NetworkConfig) -> serde_json::Value,
    read: fn(&serde_json::Value) -> Result<ModelConfig, ConfigError>,
}

/// The description of the variant whose configuration is `F`, under a name for files and the command line.
pub const fn variant<F: Family>(kind: &'static str) -> Variant {
    Variant {
        kind,
        aliases: &[],
        summary: "",
        paper: "",
        options: &[],
        of_code: &[],
        preset: None,
        golden: None,
        default: |network| F::from(network).into(),
        default_settings: |network| ModelConfig::unresolved(F::from(network)).settings(),
        read: |settings| Ok(latents_error::read::<F>(settings)?.into()),
    }
}

/// Smaller than the rows, or there is nothing to learn.
fn narrow(columns: usize) -> (Vec<usize>, usize) {
    (Vec::new(), (columns / 2).clamp(1, 32))
}

impl Variant {
    /// The same with other names for it.
    #[must_use]
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The same with one sentence that says what it learns.
    #[must_use]
    pub const fn summary(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    /// The same with where it comes from: `van den Oord et al. 2017`.
    #[must_use]
    pub const fn paper(self, paper: &'static str) -> Self {
        Self { paper, ..self }
    }

    /// The same with options of the command line.
    #[must_use]
    pub const fn options(self, options: &'static [VariantOption]) -> Self {
        Self { options, ..self }
    }

    /// The same with settings that follow from the size of the code where they are not chosen.
    #[must_use]
    pub const fn settings_of_code(self, of_code: &'static [&'static str]) -> Self {
        Self { of_code, ..self }
    }

    /// The same with sizes that fit it.
    #[must_use]
    pub const fn preset(self, preset: Preset) -> Self {
        Self {
            preset: Some(preset),
            ..self
        }
    }

    /// The same with the hash of its parameters after the training of the golden test.
    #[must_use]
    pub const fn golden(self, hash: &'static str) -> Self {
        Self {
            golden: Some(hash),
            ..self
        }
    }

    /// The name in files and on the command line.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The kind and all other names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.kind).chain(self.aliases.iter().copied())
    }

    /// The other names.
    pub fn other_names(&self) -> &'static [&'static str] {
        self.aliases
    }

    /// What it learns, in a sentence.
    pub fn summary_text(&self) -> &'static str {
        self.summary
    }

    /// Where it comes from.
    pub fn paper_text(&self) -> &'static str {
        self.paper
    }

    /// Its options on the command line.
    pub fn option_list(&self) -> &'static [VariantOption] {
        self.options
    }

    /// The settings that follow from the size of the code where they are not chosen.
    pub fn code_settings(&self) -> &'static [&'static str] {
        self.of_code
    }

    /// The hash of the golden test.
    pub fn golden_hash(&self) -> Option<&'static str> {
        self.golden
    }

    /// Hidden layers and code for rows of so many columns, where nothing else is chosen.
    pub fn preset_sizes(&self, columns: usize) -> (Vec<usize>, usize) {
        self.preset.unwrap_or(narrow)(columns)
    }

    /// Whether it has sizes of its own, in place of those of most variants.
    pub fn has_own_sizes(&self) -> bool {
        self.preset.is_some()
    }

    /// Whether it has an option of this flag: `--beta`.
    pub fn has_option(&self, flag: &str) -> bool {
        self.options.iter().any(|option| option.flag == flag)
    }

    /// Its default settings for a network's sizes, as a table that other settings are laid over: what depends on these is
    /// still open.
    pub fn default_settings(&self, network: NetworkConfig) -> serde_json::Value {
        (self.default_settings)(network)
    }

    /// Its default configuration for a network's sizes.
    pub fn default_config(&self, network: NetworkConfig) -> ModelConfig {
        (self.default)(network)
    }

    /// Reads its settings, without `kind`.
    ///
    /// # Errors
    /// If a setting is unknown, missing, or has a value of another type.
    pub fn read(&self, settings: &serde_json::Value) -> Result<ModelConfig, ConfigError> {
        (self.read)(settings)
    }
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variant")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
