//! The registry: the variants that a program knows.
//!
//! A variant is described once, by a [`Variant`] beside its model, and enters the [`Registry`] by one line. From there come
//! the kinds of model in files and on the command line, their options and help, how models are read from files, and the
//! tables of the documentation. The registry is a value: a program adds variants of its own with [`Registry::with`] and hands
//! the registry to what reads files.
//!
//! A configuration is a type of its own that implements [`Family`]; where any variant will do it is a [`ModelConfig`], which
//! holds a configuration of any family. Nobody asks which one: what a reader needs to know of a model is among its
//! [`Facts`].

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

/// The variants that a program knows: those of this crate, and any of its own.
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

    /// The same with one more variant.
    ///
    /// # Panics
    /// If a variant of its kind, or with one of its other names, is there already.
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

    /// All variants, in the order of registration.
    pub fn variants(&self) -> impl Iterator<Item = &'static Variant> + '_ {
        self.variants.iter().copied()
    }

    /// The default variant: the first.
    pub fn default_variant(&self) -> &'static Variant {
        self.variants[0]
    }

    /// The options of all variants, each flag once, in the order of the variants.
    pub fn options(&self) -> Vec<&'static VariantOption> {
        let mut options: Vec<&'static VariantOption> = Vec::new();
        for option in self.variants().flat_map(Variant::option_list) {
            if options.iter().all(|known| known.flag != option.flag) {
                options.push(option);
            }
        }
        options
    }

    /// The kinds that have an option of this flag.
    pub fn kinds_with(&self, flag: &str) -> Vec<&'static str> {
        let with = self.variants().filter(|variant| variant.has_option(flag));
        with.map(Variant::kind).collect()
    }

    /// The kinds of model.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.variants().map(Variant::kind)
    }

    /// The variant with this kind or other name.
    pub fn find(&self, name: &str) -> Option<&'static Variant> {
        self.variants()
            .find(|variant| variant.names().any(|known| known == name))
    }

    /// Reads a configuration of any known variant, whose field `kind` says which.
    ///
    /// # Errors
    /// If the kind or a setting is unknown or missing, or has a value of another type.
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

    /// `undercomplete, stacked, …`.
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
