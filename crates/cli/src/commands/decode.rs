//! `latents decode`: from codes back to data.

use super::write_rows::{Format, PictureOf, check_picture, refuse_same_file, refuse_source, write};
use crate::args::DecodeArgs;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::run_folder::Run;
use latents_autoencoders::Registry;
use latents_data::{DataError, OpenOptions, open};
use latents_tensor::Tensor;
use std::path::Path;

pub(crate) fn run(args: &DecodeArgs, registry: &Registry, console: &Console) -> Outcome {
    let format = Format::of(&args.picture.out)?;
    let run = Run::open(&args.run, registry)?;
    refuse_same_file(&args.codes, &args.picture.out)?;
    refuse_source(&run, None, &args.picture.out)?;
    let codes = read_codes(args, run.config.model.latent_dim())?;
    let rows = format.limit(args.picture.rows).min(codes.size(0));
    check_picture(format, rows, 1, &run)?;
    let decoded = run.model.decode_data(&codes.narrow(0, 0, rows));
    let rows = PictureOf::Rows(&decoded);
    write(&args.picture.out, format, rows, None, &run)?.tell("decoded row", console);
    Ok(())
}

fn read_codes(args: &DecodeArgs, latent: usize) -> Outcome<Tensor> {
    let place = args.codes.display();
    let read = match is_csv(&args.codes) {
        true => open(&place.to_string(), &OpenOptions::default()).map(|loaded| loaded.train.to_tensor()),
        false => latents_data::read_npy::<f32>(&args.codes),
    };
    let codes: Tensor = read.map_err(|error| match error {
        DataError::Missing { place, .. } => {
            Failure::new(format!("{place}: no such file")).hint("give the file that `latents encode` wrote")
        }
        other => other.into(),
    })?;
    if codes.rank() != 2 || codes.size(1) != latent {
        let what = format!(
            "{place}: an array of shape {}, and the codes of {} have {latent} numbers",
            codes.shape(),
            args.run.display()
        );
        return Err(Failure::new(what).hint(format!(
            "give an array (rows, {latent}), as `latents encode` writes it"
        )));
    }
    match codes.size(0) {
        0 => Err(Failure::new(format!("{place}: no rows of codes"))
            .hint("give the file that `latents encode` wrote")),
        _ => Ok(codes),
    }
}

fn is_csv(path: &Path) -> bool {
    Format::of(path).is_ok_and(|format| format == Format::Csv)
}
