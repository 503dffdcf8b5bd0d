//! `latents denoise`: cleans data, or adds noise to clean ones and measures what is left of it.

use super::write_rows::{Format, PictureOf, Sheet, Written, check_picture, refuse_source, write};
use crate::args::DenoiseArgs;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::likeness::{Likeness, Measured, with_noise};
use crate::rows::Split;
use crate::run_folder::Run;
use crate::{page, rows};
use latents_autoencoders::Registry;
use latents_classical::Pca;
use latents_data::Dataset;
use latents_tensor::Tensor;
use serde::Serialize;
use std::collections::HashSet;
use std::path::Path;

/// Rows in a sheet, if nobody says how many.
const SHOWN: usize = 20;

/// Where the cleaned rows go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    File(Format),
    /// Of pictures.
    Folder,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Denoised {
    #[serde(flatten)]
    written: Option<Written>,
    /// What the model was trained to undo.
    trained_noise: Option<String>,
    #[serde(flatten)]
    measured: Option<Measured>,
}

pub(crate) fn run(args: &DenoiseArgs, registry: &Registry, console: &Console) -> Outcome {
    let target = args.out.as_deref().map(target).transpose()?;
    let run = Run::open(&args.run, registry)?;
    if let (Some(target), Some(out)) = (target, &args.out) {
        check_target(target, out, args, &run)?;
    }
    let trained_noise = run.config.model.facts().noise.map(|noise| noise.to_string());
    if trained_noise.is_none() {
        console.note(format!(
            "{}: {} was not trained to undo noise; `latents train denoising` makes a model that is",
            run.path().display(),
            run.config.model.title()
        ));
    }
    let data = match args.noise {
        None => rows::of_any_range(&run, &args.data, console)?,
        Some(_) => rows::for_model(&run, &args.data, console)?,
    };
    console.say(data.describe());
    let data = data.select(&(0..args.rows.unwrap_or(usize::MAX).min(data.rows())).collect::<Vec<_>>());
    if target == Some(Target::File(Format::Png)) {
        check_picture(Format::Png, drawn(args, data.rows()), 3, &run)?;
    }
    let given = data.to_tensor::<f32>();
    let noisy = args.noise.map(|noise| with_noise(&given, noise, args.seed));
    let input = noisy.as_ref().unwrap_or(&given);
    let cleaned = run.model.reconstruct_data(input);
    let measured = match (&noisy, args.noise) {
        (Some(noisy), Some(noise)) => {
            let training = Split::beside(&run, &args.own)?.train;
            let latent = run.config.model.latent_dim();
            let pca = Pca::fit(&training, latent.min(training.columns()).min(training.rows()))?;
            let likeness = Likeness::new(&given, page::image(&run.config));
            Some(Measured::of(
                &likeness,
                noisy,
                &cleaned,
                Some(&pca),
                noise,
                args.seed,
            )?)
        }
        _ => None,
    };
    let layers = match &noisy {
        Some(noisy) => vec![&given, noisy, &cleaned],
        None => vec![&given, &cleaned],
    };
    let written = match (target, args.out.as_deref()) {
        (Some(target), Some(out)) => Some(write_to(
            target,
            out,
            &layers,
            drawn(args, data.rows()),
            &data,
            &run,
        )?),
        _ => None,
    };
    tell(written, trained_noise, measured, &run, console);
    Ok(())
}

fn tell(
    written: Option<Written>,
    trained_noise: Option<String>,
    measured: Option<Measured>,
    run: &Run,
    console: &Console,
) {
    let place = written.as_ref().map(|written| written.text("cleaned row"));
    let table = measured
        .as_ref()
        .map(|measured| measured.table(&run.config.model.title()));
    let result = Denoised {
        written,
        trained_noise,
        measured,
    };
    match table {
        Some(table) => {
            place.iter().for_each(|place| console.say(place));
            console.answer(&result, table);
        }
        None => console.finish(&result, place.unwrap_or_default()),
    }
}

/// By the name: a file, or where it has no extension or is there already as a folder, a folder.
fn target(out: &Path) -> Outcome<Target> {
    match out.is_dir() || out.extension().is_none() {
        true => Ok(Target::Folder),
        false => Format::of(out).map(Target::File).map_err(|failure| {
            failure.hint("let the name of --out end in .npy, .csv or .png, or give a new folder for pictures")
        }),
    }
}

fn check_target(target: Target, out: &Path, args: &DenoiseArgs, run: &Run) -> Outcome {
    refuse_source(run, args.data.data.as_deref(), out)?;
    if target != Target::Folder {
        return Ok(());
    }
    if run.config.data.image_shape().is_none() {
        let what = format!(
            "{}: a folder of pictures, and the rows of {} are no pictures",
            out.display(),
            run.path().display()
        );
        return Err(Failure::usage(what).hint("let the name of --out end in .npy or .csv"));
    }
    // Pictures in a folder within that of the data would be read with them the next time.
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
    let source = args.data.data.as_deref().unwrap_or(&run.config.data.source);
    match (
        Path::new(source).canonicalize(),
        parent.unwrap_or(Path::new(".")).canonicalize(),
    ) {
        (Ok(read), Ok(parent)) if read.is_dir() && parent.starts_with(&read) => Err(Failure::usage(format!(
            "{}: a folder within {source}, which is read: what is written there would be data the next time",
            out.display()
        ))
        .hint("choose another --out")),
        _ => Ok(()),
    }
}

/// How many rows a sheet has.
fn drawn(args: &DenoiseArgs, rows: usize) -> usize {
    args.rows.unwrap_or(SHOWN).min(rows)
}

/// The names of the files with the extension `.png` in place of their own; numbered where files would then share one.
fn png_names(files: &[&str]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut free = |name: &String| taken.insert(name.to_lowercase());
    files
        .iter()
        .map(|file| {
            let stem = Path::new(file).with_extension("").display().to_string();
            let numbered = (2..).map(|number| format!("{stem}-{number}.png"));
            let mut names = std::iter::once(format!("{stem}.png")).chain(numbered);
            names.find(&mut free).unwrap_or_default()
        })
        .collect()
}

fn write_to(
    target: Target,
    out: &Path,
    layers: &[&Tensor],
    drawn: usize,
    data: &Dataset,
    run: &Run,
) -> Outcome<Written> {
    let cleaned = layers[layers.len() - 1];
    let rows = cleaned.size(0);
    let image = run.config.data.image_shape();
    let image = image.filter(|shape| matches!(shape.channels, 1 | 3 | 4));
    match (target, image) {
        (Target::Folder, Some(shape)) => {
            let pixels = page::Tones::of_run(run, Some(data)).pixels(cleaned);
            match data.file_names() {
                Some(files) => latents_data::write_named_images(out, shape, &pixels, &png_names(&files))?,
                None => latents_data::write_images(out, shape, &pixels)?,
            };
            Ok(Written::new(out, rows, cleaned.size(1)))
        }
        (Target::File(Format::Png), Some(shape)) if rows == 1 => {
            latents_data::write_image(
                out,
                shape,
                &page::Tones::of_run(run, Some(data)).pixels(cleaned).to_vec(),
            )?;
            Ok(Written::new(out, 1, cleaned.size(1)))
        }
        (Target::File(Format::Png), _) => {
            let first = |layer: &&Tensor| layer.narrow(0, 0, drawn);
            let parts: Vec<Tensor> = layers.iter().map(first).collect();
            let (layers, cleaned): (Vec<&Tensor>, _) = (parts.iter().collect(), &parts[parts.len() - 1]);
            let sheet = Sheet { layers: &layers };
            write(
                out,
                Format::Png,
                PictureOf::Sheet(cleaned, sheet),
                Some(data),
                run,
            )
        }
        (Target::File(format), _) => write(out, format, PictureOf::Rows(cleaned), Some(data), run),
        (Target::Folder, None) => Err(Failure::usage(format!(
            "{}: pictures of this many channels cannot be written",
            out.display()
        ))
        .hint("let the name of --out end in .npy")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_never_share_a_name() {
        let files = ["a.jpg", "b/a.png", "A.png", "a.jpg.png", "a-2.jpg", "a.gif"];
        let names = ["a.png", "b/a.png", "A-2.png", "a.jpg.png", "a-2-2.png", "a-3.png"];
        assert_eq!(png_names(&files), names);
    }
}
