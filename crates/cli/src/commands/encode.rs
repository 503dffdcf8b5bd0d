//! `latents encode`: the codes of data.

use super::write_rows::{Format, Written, numbered, refuse_source};
use crate::args::EncodeArgs;
use crate::console::Console;
use crate::failure::Outcome;
use crate::run_folder::Run;
use crate::{model, rows};
use latents_autoencoders::Registry;

pub(crate) fn run(args: &EncodeArgs, registry: &Registry, console: &Console) -> Outcome {
    let format = Format::of_codes(&args.out)?;
    let run = Run::open(&args.run, registry)?;
    refuse_source(&run, args.data.data.as_deref(), &args.out)?;
    let data = rows::for_model(&run, &args.data, console)?;
    console.say(data.describe());
    let codes = model::codes(&*run.model, &data);
    match format {
        Format::Csv => {
            let names = numbered('z', codes.size(1));
            match data.file_names() {
                Some(files) => latents_data::write_csv_of_files(&args.out, &names, &files, &codes)?,
                None => latents_data::write_csv(&args.out, &names, &codes)?,
            }
        }
        _ => latents_data::write_npy(&args.out, &codes)?,
    }
    Written::new(&args.out, codes.size(0), codes.size(1)).tell("code", console);
    Ok(())
}
