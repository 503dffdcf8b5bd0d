//! `latents eval`: how well a trained model reconstructs data.

use crate::args::EvalArgs;
use crate::console::Console;
use crate::failure::Outcome;
use crate::tables;
use latents_autoencoders::{Registry, try_evaluate};
use latents_run::Run;
use latents_text::number::{self, short};

pub(crate) fn run(args: &EvalArgs, registry: &Registry, console: &Console) -> Outcome {
    let run = Run::open_with(registry, &args.run)?;
    let data = console.noted(args.data.choice().read(&run)?);
    let found = try_evaluate(&*run.model, &data, run.config.training.batch_size)?;
    let table = [
        ("Loss".to_owned(), short(found.loss)),
        ("Mean squared error".to_owned(), short(found.mse)),
        ("Explained variance".to_owned(), short(found.explained_variance)),
        ("Rows".to_owned(), number::count(found.rows)),
    ];
    console.answer(&found, tables::pairs([&run.config.model.title(), ""], &table));
    Ok(())
}
