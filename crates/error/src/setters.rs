//! `setters!`: the methods that configurations are changed by.

/// Gives a configuration one method per field, named like it, that returns the configuration with this field replaced and no
/// other: `TrainerConfig::default().epochs(20).clip_norm(1.0)`. Their docs end in "made by `setters!`".
///
/// Fields after `into` take everything that converts to their type: `1.0` for an `Option<f64>`, a slice for a `Vec`.
///
/// ```
/// #[derive(Default)]
/// #[non_exhaustive]
/// pub struct Search {
///     /// Candidates to try.
///     pub tries: usize,
///     /// Seconds to search at most.
///     pub limit: Option<f64>,
/// }
/// latents_error::setters! { Search { tries: usize } into { limit: Option<f64> } }
///
/// let search = Search::default().tries(3).limit(1.5);
/// assert_eq!((search.tries, search.limit), (3, Some(1.5)));
/// assert_eq!(search.limit(None).limit, None);
/// ```
#[macro_export]
macro_rules! setters {
    ($config:ident { $($field:ident: $type:ty),* $(,)? } $(into { $($into:ident: $into_type:ty),* $(,)? })?) => {
        impl $config {
            $(
                #[doc = concat!("Replaces [`", stringify!($field), "`](Self#structfield.", stringify!($field), "). Made by `setters!`.")]
                #[must_use]
                pub fn $field(self, $field: $type) -> Self {
                    Self { $field, ..self }
                }
            )*
            $($(
                #[doc = concat!("Replaces [`", stringify!($into), "`](Self#structfield.", stringify!($into), "). Made by `setters!`.")]
                #[must_use]
                pub fn $into(self, $into: impl Into<$into_type>) -> Self {
                    Self { $into: $into.into(), ..self }
                }
            )*)?
        }
    };
}
