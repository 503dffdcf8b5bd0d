//! `latents denoise`: cleans data, or adds noise to clean ones and measures what is left of it.

use super::written::Written;
use crate::args::DenoiseArgs;
use crate::console::Console;
use crate::failure::Outcome;
use crate::tables;
use latents_autoencoders::Registry;
use latents_run::{Denoised, Figures, RowsFormat, Run, Target, check_picture, clean, denoise};
use latents_text::number::{counted, decimals, figure};
use serde::Serialize;

/// Rows in a sheet, if nobody says how many.
const SHOWN: usize = 20;

/// What `--json` prints.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    written: Option<Written>,
    /// What the model was trained to undo.
    trained_noise: Option<String>,
    #[serde(flatten)]
    measured: Option<Denoised>,
}

pub(crate) fn run(args: &DenoiseArgs, registry: &Registry, console: &Console) -> Outcome {
    let target = args.out.as_deref().map(Target::of).transpose()?;
    let run = Run::open_with(registry, &args.run)?;
    if let (Some(target), Some(out)) = (target, &args.out) {
        target.check(out, args.data.data.as_deref(), &run)?;
    }
    let trained_noise = run.config.model.facts().noise;
    if trained_noise.is_none() {
        console.note(format!(
            "{}: {} was not trained to undo noise; `latents train denoising` makes a model that is",
            run.path().display(),
            run.config.model.title()
        ));
    }
    let choice = args.data.choice();
    let data = console.noted(match args.noise {
        None => choice.read_any_range(&run)?,
        Some(_) => choice.read(&run)?,
    });
    let rows = args.rows.unwrap_or(usize::MAX).min(data.rows());
    let data = data.select(&(0..rows).collect::<Vec<_>>());
    let shown = args.rows.unwrap_or(SHOWN).min(rows);
    if target == Some(Target::File(RowsFormat::Png)) {
        check_picture(RowsFormat::Png, shown, 3, &run)?;
    }
    let made = match args.noise {
        None => clean(&run, &data),
        Some(noise) => denoise(&run, &data, noise, args.seed, args.own.run_data.as_deref())?,
    };
    let mut written = None;
    if let (Some(target), Some(out)) = (target, args.out.as_deref()) {
        target.write(out, &made.layers(), shown, &data, &run)?;
        written = Some(Written::new(out, rows, made.cleaned.size(1)));
    }
    let answer = Answer {
        written,
        trained_noise: trained_noise.map(|noise| noise.to_string()),
        measured: made.measured,
    };
    answer.tell(&run.config.model.title(), console);
    Ok(())
}

impl Answer {
    fn tell(&self, title: &str, console: &Console) {
        let place = self.written.as_ref().map(|written| written.text("cleaned row"));
        match &self.measured {
            Some(measured) => {
                place.iter().for_each(|place| console.say(place));
                console.answer(self, table(measured, title));
            }
            None => console.finish(self, place.unwrap_or_default()),
        }
    }
}

fn table(measured: &Denoised, title: &str) -> String {
    let what = format!("{} of {}", measured.noise, counted(measured.measured_rows, "row"));
    let line = |(name, figures): (String, Figures)| {
        vec![
            name,
            decimals(figures.psnr, 2),
            figures
                .ssim
                .map_or(tables::NONE.to_owned(), |ssim| decimals(ssim, 4)),
            figure(figures.mse),
        ]
    };
    let lines: Vec<_> = measured.methods(title).into_iter().map(line).collect();
    tables::rows(&[&what, "PSNR (dB)", "SSIM", "MSE"], 1, &lines)
}
