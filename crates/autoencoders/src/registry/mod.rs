//! The registry: the variants that a program knows.
//!
//! A variant is described once, by a [`Variant`] next to its model, and added to the [`Registry`] in one line. Everything else
//! is derived from it: the model kinds in files and on the command line, their options and help, reading models from files, and
//! the tables of the documentation. The registry is a value: a program adds its own variants with [`Registry::with`] and passes
//! the registry to functions that read files.
//!
//! Each variant has a configuration type that implements [`Family`]. A [`ModelConfig`] contains the configuration of any
//! variant. Code never depends on the kind of a model; the properties that it needs are in [`Facts`].

mod config;
mod facts;
mod family;
mod files;
mod option;
mod variant;

pub use config::{ModelConfig, settings_of};
pub(crate) use facts::mean_loss_name;
pub use facts::{CodeKind, Facts, OutputRange, Remedy};
pub use family::Family;
pub use files::{LoadError, file_of_model, load, load_weights, load_with, model_in_file, save};
pub use option::{
    VariantOption, at_least_one, fraction, not_negative, option, positive, set, size_list, switch, text,
};
pub use variant::{Preset, Variant, variant};

use latents_error::ConfigError;
use std::fmt;

/// The variants that a program knows: those of this crate and its own.
///
/// ```
/// use latents_autoencoders::Registry;
/// let registry = Registry::standard();
/// assert!(registry.kinds().any(|kind| kind == "variational"));
/// assert_eq!(registry.find("vae").map(|variant| variant.kind()), Some("variational"));
/// ```
#[derive(Clone)]
pub struct Registry {
    variants: Vec<&'static Variant>,
}

impl Registry {
    /// A registry of these variants.
    pub(crate) fn of(variants: &[&'static Variant]) -> Self {
        Self {
            variants: variants.to_vec(),
        }
    }

    /// Adds a variant.
    ///
    /// # Panics
    /// If its kind or one of its aliases is already registered.
    #[must_use]
    #[track_caller]
    pub fn with(mut self, variant: &'static Variant) -> Self {
        for name in variant.names() {
            let known = self.find(name).map(Variant::kind);
            assert!(
                known.is_none(),
                "Registry::with: `{name}` is already a name of {known:?}"
            );
        }
        self.variants.push(variant);
        self
    }

    /// All variants, in order of registration.
    ///
    /// ```
    /// # use latents_autoencoders::Registry;
    /// let registry = Registry::standard();
    /// assert_eq!(registry.variants().count(), registry.kinds().count());
    /// assert_eq!(registry.default_variant().kind(), "undercomplete");
    /// assert!(registry.kinds_text().starts_with("undercomplete, stacked"));
    /// ```
    pub fn variants(&self) -> impl Iterator<Item = &'static Variant> + '_ {
        self.variants.iter().copied()
    }

    /// The default variant, which is the first.
    ///
    /// ```
    /// assert_eq!(latents_autoencoders::Registry::standard().default_variant().kind(), "undercomplete");
    /// ```
    pub fn default_variant(&self) -> &'static Variant {
        self.variants[0]
    }

    /// The options of all variants without duplicates, in order of the variants.
    ///
    /// ```
    /// # use latents_autoencoders::Registry;
    /// assert!(Registry::standard().options().iter().any(|option| option.flag == "--beta"));
    /// ```
    pub fn options(&self) -> Vec<&'static VariantOption> {
        let mut options: Vec<&'static VariantOption> = Vec::new();
        for option in self.variants().flat_map(Variant::option_list) {
            if options.iter().all(|known| known.flag != option.flag) {
                options.push(option);
            }
        }
        options
    }

    /// The kinds that have this option.
    ///
    /// ```
    /// # use latents_autoencoders::Registry;
    /// assert_eq!(Registry::standard().kinds_with("--beta"), ["variational"]);
    /// ```
    pub fn kinds_with(&self, flag: &str) -> Vec<&'static str> {
        let with = self.variants().filter(|variant| variant.has_option(flag));
        with.map(Variant::kind).collect()
    }

    /// The kinds of all variants.
    ///
    /// ```
    /// assert!(latents_autoencoders::Registry::standard().kinds().any(|kind| kind == "vq"));
    /// ```
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.variants().map(Variant::kind)
    }

    /// The variant with this kind or alias.
    ///
    /// ```
    /// # use latents_autoencoders::Registry;
    /// assert_eq!(Registry::standard().find("vae").unwrap().kind(), "variational");
    /// assert!(Registry::standard().find("mystery").is_none());
    /// ```
    pub fn find(&self, name: &str) -> Option<&'static Variant> {
        self.variants()
            .find(|variant| variant.names().any(|known| known == name))
    }

    /// Reads the configuration of any registered variant; its field `kind` names the variant.
    ///
    /// # Errors
    /// If the kind or a setting is unknown, is missing, or has the wrong type.
    ///
    /// ```
    /// # use latents_autoencoders::{ModelConfig, Registry, UndercompleteConfig};
    /// let config = ModelConfig::from(UndercompleteConfig::new(4, 2));
    /// let value = serde_json::to_value(&config).unwrap();
    /// assert_eq!(Registry::standard().config_from(value)?, config);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn config_from(&self, mut value: serde_json::Value) -> Result<ModelConfig, ConfigError> {
        let expected = || format!("must be one of {}", self.kinds_text());
        let Some(fields) = value.as_object_mut() else {
            return Err(ConfigError::new("", value, "must be a table of settings"));
        };
        let Some(kind) = fields.remove("kind") else {
            return Err(ConfigError::new("kind", "missing", expected()));
        };
        let name = kind.as_str();
        let variant = self.variants().find(|variant| Some(variant.kind()) == name);
        match variant {
            Some(variant) => variant.read(&value),
            None => Err(ConfigError::new("kind", kind, expected())),
        }
    }

    /// All kinds as a list: `undercomplete, stacked, …`.
    pub fn kinds_text(&self) -> String {
        self.kinds().collect::<Vec<_>>().join(", ")
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.kinds()).finish()
    }
}
