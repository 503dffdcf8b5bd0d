//! The list of all formats, with help texts and tables.

use crate::format::{Form, Format, LabelSource, Reader};
use crate::read::{csv, folder, idx, images, npy, npz, picture};
use crate::{digits, synthetic};
use latents_text::list;

/// Files are compared with these in order; images come last.
static FORMATS: &[&Format] = &[
    &digits::FORMAT,
    &synthetic::FORMAT,
    &folder::FORMAT,
    &images::FORMAT,
    &idx::FORMAT,
    &npy::FORMAT,
    &npz::FORMAT,
    &csv::FORMAT,
];

/// All formats that [`open`](crate::open) reads: embedded data, folders, and files.
///
/// ```
/// use latents_data::formats;
/// let csv = formats().find(|format| format.name == "CSV").unwrap();
/// assert!(csv.extensions.contains(&"csv") && !csv.images);
/// ```
pub fn formats() -> impl Iterator<Item = &'static Format> + Clone {
    let images = picture::CODECS.iter().map(|codec| &codec.format);
    FORMATS.iter().copied().chain(images)
}

/// The embedded data set of this name: `digits`, or a synthetic one.
///
/// ```
/// use latents_data::{DIGITS, embedded};
/// assert!(embedded(DIGITS).is_some() && embedded("synthetic:two-moons:500").is_some());
/// assert!(embedded("table.csv").is_none());
/// ```
pub fn embedded(name: &str) -> Option<&'static Format> {
    of(Form::Embedded).find(|format| match format.reader {
        Reader::Embedded { is_named, .. } => is_named(name),
        _ => false,
    })
}

/// The formats with this storage.
pub(crate) fn of(form: Form) -> impl Iterator<Item = &'static Format> {
    formats().filter(move |format| format.form() == form)
}

/// The names of all file formats.
pub(crate) fn file_names(conjunction: &str) -> String {
    list(of(Form::File).map(|format| format.name), conjunction)
}

/// The supported data in one phrase, for hints and help texts.
///
/// ```
/// assert_eq!(
///     latents_data::formats_summary(),
///     "`digits`, `synthetic:NAME:ROWS:SEED`, a folder of IDX files or of images, or an IDX, .npy, .npz, CSV, PNG or JPEG file"
/// );
/// ```
pub fn formats_summary() -> String {
    let embedded: Vec<String> = of(Form::Embedded).map(|format| format.title()).collect();
    let folders = list(of(Form::Folder).map(|format| format!("of {}", format.name)), "or");
    format!(
        "{}, a folder {folders}, or an {} file",
        embedded.join(", "),
        file_names("or")
    )
}

/// The supported data with one line per format, for the help of a command.
///
/// ```
/// assert!(latents_data::formats_help().contains("CSV file"));
/// ```
pub fn formats_help() -> String {
    let width = formats()
        .map(|format| format.title().chars().count())
        .max()
        .unwrap_or(0);
    let line = |format: &Format| format!("  {:width$}  {}\n", format.title(), format.help);
    formats().map(line).collect()
}

/// The supported data as a Markdown table.
///
/// ```
/// assert!(latents_data::formats_table().starts_with("| data | what is read | labels |"));
/// ```
pub fn formats_table() -> String {
    let head = "| data | what is read | labels | images | cargo feature |\n|---|---|---|---|---|\n";
    let row = |format: &Format| {
        let labels = match format.labels {
            LabelSource::Named(what) | LabelSource::Included(what) => what,
            LabelSource::None(_) => "",
        };
        let images = if format.images { "yes" } else { "" };
        let feature = format
            .feature
            .map(|feature| format!("`{feature}`"))
            .unwrap_or_default();
        format!(
            "| {} | {} | {labels} | {images} | {feature} |\n",
            format.title(),
            format.help
        )
    };
    head.to_owned() + &formats().map(row).collect::<String>()
}
