//! `latents probe`: how well classes can be predicted from codes, compared with the values themselves and PCA.

use crate::args::ProbeArgs;
use crate::console::Console;
use crate::failure::Outcome;
use crate::progress::Progress;
use crate::tables;
use latents_autoencoders::Registry;
use latents_run::{FineTuned, Probe, ProbeOptions, Probed, Run, Told};
use latents_text::number::{self, counted, percent};

pub(crate) fn run(args: &ProbeArgs, registry: &Registry, console: &Console) -> Outcome {
    let run = Run::open_with(registry, &args.run)?;
    let probe = Probe::new(&run, args.options())?;
    console.notes(&probe.notes);
    console.release();
    console.say(format!(
        "{}: {} to fit on, {} to test on",
        probe.fitted.name(),
        counted(probe.fitted.rows(), "row"),
        number::count(probe.tested.rows())
    ));
    let epochs = args.fine_tune.unwrap_or_default();
    let mut progress = Progress::new(epochs, probe.fitted.rows(), console.shows_progress());
    let probed = probe.on_event(|event| progress.on(event)).measure();
    progress.finish();
    let probed = probed?;
    if !probed.converged() {
        console.note("a logistic regression was ended before it had converged: its error may be too large");
    }
    console.answer(&probed, table(&probed, &run.config.model.title()));
    Ok(())
}

impl ProbeArgs {
    fn options(&self) -> ProbeOptions {
        ProbeOptions::default()
            .data(self.data.choice())
            .test(self.test)
            .seed(self.seed)
            .fine_tune(self.fine_tune)
            .neighbours(self.neighbours)
    }
}

fn table(probed: &Probed, title: &str) -> String {
    let line = |name: String, told: Told| {
        vec![
            name,
            told.numbers.to_string(),
            percent(told.logistic_error, 2),
            percent(told.neighbours_error, 2),
        ]
    };
    let mut lines = vec![
        line(format!("codes of {title}"), probed.codes),
        line("raw values".to_owned(), probed.raw),
        line("PCA".to_owned(), probed.pca),
    ];
    lines.extend(probed.fine_tuned.iter().flat_map(tuned));
    let head = [
        format!("Test error, {} classes", number::count(probed.classes)),
        format!("{} nearest", probed.neighbours),
    ];
    let head = [&head[0], "Dimensions", "Logistic regression", &head[1]];
    tables::rows(&head, 1, &lines)
}

fn tuned(tuned: &FineTuned) -> [Vec<String>; 2] {
    let line = |name: String, error: f64| {
        let none = || tables::NONE.to_owned();
        vec![name, none(), percent(error, 2), none()]
    };
    let epochs = counted(tuned.epochs, "epoch");
    [
        line(
            format!("encoder and softmax layer, tuned for {epochs}"),
            tuned.error,
        ),
        line("the same from random weights".to_owned(), tuned.from_random_error),
    ]
}
