//! `Variant`: the description of a variant in the registry.

use super::{Family, ModelConfig, VariantOption};
use crate::NetworkConfig;
use latents_error::ConfigError;
use std::fmt;

/// Default sizes of a variant for the command line: hidden layers and latent dimensions for data with this number of columns.
pub type Preset = fn(columns: usize) -> (Vec<usize>, usize);

/// A variant: its name, its texts, its options, and the configuration that builds it.
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

/// Describes the variant with configuration `F`, under a name for files and the command line.
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

/// Narrower than the rows; otherwise there is nothing to learn.
fn narrow(columns: usize) -> (Vec<usize>, usize) {
    (Vec::new(), (columns / 2).clamp(1, 32))
}

impl Variant {
    /// Sets aliases.
    #[must_use]
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Sets a one-sentence summary.
    #[must_use]
    pub const fn summary(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    /// Sets the paper: `van den Oord et al. 2017`.
    #[must_use]
    pub const fn paper(self, paper: &'static str) -> Self {
        Self { paper, ..self }
    }

    /// Sets the command-line options.
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

    /// Sets the expected hash of the parameters after the training of the golden test.
    #[must_use]
    pub const fn golden(self, hash: &'static str) -> Self {
        Self {
            golden: Some(hash),
            ..self
        }
    }

    /// The name in files and on the command line.
    ///
    /// ```
    /// # use latents_autoencoders::Registry;
    /// let variational = Registry::standard().find("vae").unwrap();
    /// assert_eq!((variational.kind(), variational.other_names()), ("variational", &["vae"][..]));
    /// assert_eq!(variational.names().collect::<Vec<_>>(), ["variational", "vae"]);
    /// assert!(variational.has_option("--beta") && variational.paper_text().contains("2014"));
    /// ```
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The kind and all aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.kind).chain(self.aliases.iter().copied())
    }

    /// The aliases.
    pub fn other_names(&self) -> &'static [&'static str] {
        self.aliases
    }

    /// The one-sentence summary.
    ///
    /// ```
    /// # use latents_autoencoders::Registry;
    /// assert_eq!(Registry::standard().find("sparse").unwrap().summary_text(), "A wide code with few active units");
    /// ```
    pub fn summary_text(&self) -> &'static str {
        self.summary
    }

    /// The paper.
    pub fn paper_text(&self) -> &'static str {
        self.paper
    }

    /// The command-line options.
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

    /// Default hidden layers and latent dimensions for data with this number of columns.
    ///
    /// ```
    /// # use latents_autoencoders::Registry;
    /// let (hidden, latent) = Registry::standard().find("sparse").unwrap().preset_sizes(64);
    /// assert_eq!((hidden.len(), latent), (0, 128));
    /// ```
    pub fn preset_sizes(&self, columns: usize) -> (Vec<usize>, usize) {
        self.preset.unwrap_or(narrow)(columns)
    }

    /// Whether it has its own default sizes.
    pub fn has_own_sizes(&self) -> bool {
        self.preset.is_some()
    }

    /// Whether it has this option: `--beta`.
    pub fn has_option(&self, flag: &str) -> bool {
        self.options.iter().any(|option| option.flag == flag)
    }

    /// The default settings for the sizes of a network, as a table to which other settings are applied. Settings that depend on
    /// others are still open.
    pub fn default_settings(&self, network: NetworkConfig) -> serde_json::Value {
        (self.default_settings)(network)
    }

    /// The default configuration for the sizes of a network.
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, Registry};
    /// let sparse = Registry::standard().find("sparse").unwrap();
    /// assert_eq!(sparse.default_config(NetworkConfig::new(64, 128)).kind(), "sparse");
    /// ```
    pub fn default_config(&self, network: NetworkConfig) -> ModelConfig {
        (self.default)(network)
    }

    /// Reads settings without `kind`.
    ///
    /// # Errors
    /// If a setting is unknown, is missing, or has the wrong type.
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
