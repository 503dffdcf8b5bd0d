//! `latents eval`: how well a trained model reconstructs data.

use crate::args::EvalArgs;
use crate::console::Console;
use crate::failure::Outcome;
use crate::numbers::{grouped, short};
use crate::run_folder::Run;
use crate::{rows, tables};
use latents_autoencoders::{Registry, try_evaluate};
use serde::Serialize;

/// What `--json` prints.
#[derive(Serialize)]
struct Evaluated {
    loss: f64,
    mse: f64,
    explained_variance: f64,
    rows: usize,
}

pub(crate) fn run(args: &EvalArgs, registry: &Registry, console: &Console) -> Outcome {
    let run = Run::open(&args.run, registry)?;
    let data = rows::for_model(&run, &args.data, console)?;
    console.say(data.describe());
    let found = try_evaluate(&*run.model, &data, run.config.training.batch_size)?;
    let table = [
        ("Loss".to_owned(), short(found.loss)),
        ("Mean squared error".to_owned(), short(found.mse)),
        ("Explained variance".to_owned(), short(found.explained_variance)),
        ("Rows".to_owned(), grouped(found.rows)),
    ];
    let result = Evaluated {
        loss: found.loss,
        mse: found.mse,
        explained_variance: found.explained_variance,
        rows: found.rows,
    };
    console.answer(&result, tables::pairs([&run.config.model.title(), ""], &table));
    Ok(())
}
