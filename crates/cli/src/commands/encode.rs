//! `latents encode`: the codes of data.

use super::written::Written;
use crate::args::EncodeArgs;
use crate::console::Console;
use crate::failure::Outcome;
use latents_autoencoders::Registry;
use latents_run::{RowsFormat, Run, codes, refuse_source, write_codes};

pub(crate) fn run(args: &EncodeArgs, registry: &Registry, console: &Console) -> Outcome {
    RowsFormat::of_codes(&args.out)?;
    let run = Run::open_with(registry, &args.run)?;
    refuse_source(&run, args.data.data.as_deref(), &args.out)?;
    let data = console.noted(args.data.choice().read(&run)?);
    let codes = codes(&*run.model, &data);
    write_codes(&args.out, &codes, &data)?;
    Written::new(&args.out, codes.size(0), codes.size(1)).tell("code", console);
    Ok(())
}
