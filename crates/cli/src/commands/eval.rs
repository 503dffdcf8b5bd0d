//! `latents eval`: how well a trained model reconstructs data.

use crate::args::EvalArgs;
use crate::console::Console;
use crate::failure::Outcome;
use crate::tables;
use latents_autoencoders::{Registry, try_evaluate};
use latents_run::Run;
use latents_text::number::figure;

pub(crate) fn run(args: &EvalArgs, registry: &Registry, console: &Console) -> Outcome {
    let run = Run::open_with(registry, &args.run)?;
    let data = console.noted(args.data.choice().read(&run)?);
    let found = try_evaluate(&*run.model, &data, run.config.training.batch_size)?;
    let table = [
        ("Loss".to_owned(), figure(found.loss)),
        ("Mean squared error".to_owned(), figure(found.mse)),
        ("Explained variance".to_owned(), figure(found.explained_variance)),
        ("Rows".to_owned(), found.rows.to_string()),
    ];
    console.answer(&found, tables::pairs([&run.config.model.title(), ""], &table));
    Ok(())
}
