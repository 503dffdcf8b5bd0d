//! The data of the figures, read when the first training asks for them.

use crate::args::ReproduceArgs;
use crate::failure::{Failure, Outcome};
use latents_data::{DataError, Dataset, Loaded, OpenOptions, open};
use std::cell::OnceCell;
use std::path::PathBuf;

pub(super) struct Data {
    mnist: String,
    pub(super) adbench: PathBuf,
    pictures: OnceCell<(Dataset, Dataset)>,
}

impl Data {
    pub(super) fn new(args: &ReproduceArgs) -> Self {
        Self {
            mnist: args.mnist.clone(),
            adbench: args.adbench.clone(),
            pictures: OnceCell::new(),
        }
    }

    /// MNIST's training and test images, in [0, 1].
    pub(super) fn mnist(&self) -> Outcome<&(Dataset, Dataset)> {
        if let Some(pictures) = self.pictures.get() {
            return Ok(pictures);
        }
        let read = read_mnist(&self.mnist)?;
        Ok(self.pictures.get_or_init(|| read))
    }
}

fn read_mnist(place: &str) -> Outcome<(Dataset, Dataset)> {
    let hint = "--mnist names the folder with MNIST's four files (train-images-idx3-ubyte.gz, …)";
    let Loaded {
        train, validation, ..
    } = open(place, &OpenOptions::default()).map_err(|error| match error {
        error @ DataError::Missing { .. } => Failure::from(error).hint(hint),
        error => Failure::from(error),
    })?;
    match validation {
        Some(test) if train.columns() == 784 => Ok((train, test)),
        _ => Err(Failure::new(format!(
            "{place}: this is not MNIST: 60,000 training and 10,000 test images of 28×28"
        ))
        .hint(hint)),
    }
}

/// The number of every row's class.
pub(super) fn classes(rows: &Dataset) -> Outcome<Vec<usize>> {
    let classes: Option<Vec<usize>> = (0..rows.rows()).map(|row| rows.class(row)).collect();
    classes.ok_or_else(|| {
        Failure::new(format!("{}: the images have no labels", rows.name()))
            .hint("put the label files into the folder of the images")
    })
}
