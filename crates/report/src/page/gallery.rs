//! Rows of images with captions: samples, traversals, interpolations.

use super::thumbnails::{pictures, shown_size};
use crate::Gallery;
use crate::pictures::{Palette, Range, check};
use latents_tensor::ShapeError;
use latents_text::printable;
use minijinja::{Value, context};

/// Largest number of images in a line.
const COLUMNS: usize = 24;
/// Largest number of lines.
const LINES: usize = 40;

/// The gallery; `None` if it has no images.
#[track_caller]
pub(super) fn view(gallery: &Gallery) -> Option<Value> {
    for line in &gallery.lines {
        check(&line.pictures, gallery.image);
        let count = line.pictures.size(0);
        if !line.captions.is_empty() && line.captions.len() != count {
            let reason = format!("{} captions for these images", line.captions.len());
            ShapeError::new("gallery", reason, &[line.pictures.shape()]).raise();
        }
    }
    if gallery.lines.is_empty() {
        return None;
    }
    // One range for all lines, so that they can be compared.
    let values: Vec<f32> = gallery
        .lines
        .iter()
        .flat_map(|line| line.pictures.to_vec())
        .collect();
    let (low, high) = Range::Data.ends(&values);
    let range = Range::Fixed(low, high);
    let lines: Vec<Value> = gallery
        .lines
        .iter()
        .take(LINES)
        .map(|line| {
            let shown = line.pictures.size(0).min(COLUMNS);
            let captions: Vec<String> = line
                .captions
                .iter()
                .take(shown)
                .map(|text| printable(text))
                .collect();
            context! {
                name => printable(&line.name),
                pictures => pictures(&line.pictures, 0..shown, gallery.image, Palette::Gray, range),
                captions,
            }
        })
        .collect();
    let columns: Vec<String> = gallery
        .columns
        .iter()
        .take(COLUMNS)
        .map(|text| printable(text))
        .collect();
    let named = gallery.lines.iter().any(|line| !line.name.is_empty());
    let (width, height) = shown_size(gallery.image);
    Some(context! {
        title => printable(&gallery.title),
        about => printable(&gallery.about),
        columns, lines, named, width, height,
    })
}
