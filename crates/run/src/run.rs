//! `Run`: a trained model in its folder.

use crate::config::RunConfig;
use crate::error::{Outcome, RunError};
use crate::folder::{CONFIG, HISTORY, MODEL, PICTURE, REPORT, RunFolder};
use crate::split::Split;
use crate::text::setting::{DATA, LABEL, RUN_DATA};
use latents_autoencoders::registry::{file_of_model, load_weights};
use latents_autoencoders::{Autoencoder, Registry};
use latents_data::{DataError, Dataset, open};
use latents_nn::TensorFile;
use latents_report::EpochRow;
use std::fs;
use std::path::{Path, PathBuf};

/// A trained model with its configuration.
///
/// ```no_run
/// use latents_run::Run;
/// let run = Run::open("runs/variational-digits-1")?;
/// println!("{}: {} parameters", run.config.model.title(), run.config.model.parameters());
/// # Ok::<(), latents_run::RunError>(())
/// ```
#[derive(Debug)]
pub struct Run {
    path: PathBuf,
    /// Everything that the folder says about the model.
    pub config: RunConfig,
    /// The model as it was trained.
    pub model: Box<dyn Autoencoder>,
}

impl Run {
    /// Reads configuration and weights of a run folder, of a standard variant.
    ///
    /// # Errors
    /// If a file is missing or damaged, or the weights are not those that the run ended with.
    pub fn open(path: impl AsRef<Path>) -> Outcome<Self> {
        Self::open_with(&Registry::standard(), path)
    }

    /// Reads configuration and weights of a run folder, of a variant of the registry.
    ///
    /// # Errors
    /// As [`Run::open`].
    pub fn open_with(registry: &Registry, path: impl AsRef<Path>) -> Outcome<Self> {
        let path = path.as_ref();
        let text = read(path, CONFIG)?;
        let text = String::from_utf8(text).map_err(|_| damaged(path, CONFIG, "it is not text"))?;
        let place = path.join(CONFIG).display().to_string();
        let config = RunConfig::parse(&text, &place, registry)?;
        check_there(path, MODEL)?;
        let weights = TensorFile::load(path.join(MODEL));
        let weights = weights.map_err(|error| RunError::from(error).hint(RESTORE))?;
        // (The file holds its configuration too; runs of version 0.1 have it in config.toml alone.)
        let model = load_weights(&config.model, &weights);
        let model = model.map_err(|error| RunError::from(error).hint(RESTORE))?;
        check_hash(path, &config, &*model)?;
        Ok(Self {
            path: path.to_owned(),
            config,
            model,
        })
    }

    pub(crate) fn new(path: PathBuf, config: RunConfig, model: Box<dyn Autoencoder>) -> Self {
        Self { path, config, model }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Another model with the same weights, to be trained further.
    pub(crate) fn copied_model(&self) -> Outcome<Box<dyn Autoencoder>> {
        let file = file_of_model(&*self.model)?;
        Ok(load_weights(&self.config.model, &file)?)
    }

    /// Whether a path is that of a file of this run.
    pub fn has_file(&self, path: &Path) -> bool {
        let own =
            [MODEL, CONFIG, HISTORY, REPORT, PICTURE].map(|name| self.path.join(name).canonicalize().ok());
        path.canonicalize().is_ok_and(|path| own.contains(&Some(path)))
    }

    /// The folder as one to write to.
    ///
    /// # Errors
    /// If it cannot be written to.
    pub fn folder(&self) -> Outcome<RunFolder> {
        RunFolder::of_run(&self.path)
    }

    /// Writes the model, its configuration and its history: all three, or none. Whatever is made of a run goes through
    /// here.
    pub(crate) fn write(
        folder: &RunFolder,
        config: &RunConfig,
        model: &dyn Autoencoder,
        epochs: &[EpochRow],
    ) -> Outcome {
        let text = config.to_toml()?;
        folder.replace(|stage| {
            latents_autoencoders::save(model, stage.join(MODEL))?;
            latents_durable::write(stage.join(CONFIG), text.as_bytes())?;
            let history = latents_report::history_csv(epochs);
            Ok(latents_durable::write(stage.join(HISTORY), history.as_bytes())?)
        })
    }

    /// The rows that training and evaluation had. `source` is where its data are now, if they have moved.
    ///
    /// # Errors
    /// If they cannot be read, or are of another width than the model.
    pub fn split(&self, source: Option<&str>) -> Outcome<Split> {
        self.split_labelled(source, None, DATA)
    }

    /// As [`Run::split`], where other rows are looked at too: an error says that `run_data` names those of the run.
    pub(crate) fn own_split(&self, run_data: Option<&str>) -> Outcome<Split> {
        self.split_labelled(run_data, None, RUN_DATA)
    }

    /// `label` is that of the training by default; `setting` says where data are that have moved.
    pub(crate) fn split_labelled(
        &self,
        source: Option<&str>,
        label: Option<&str>,
        setting: &str,
    ) -> Outcome<Split> {
        let data = &self.config.data;
        let mut options = data.open_options();
        options.label = label.map(str::to_owned).or(options.label);
        let loaded = match (source, open(source.unwrap_or(&data.source), &options)) {
            (None, Err(error @ DataError::Missing { .. })) => return Err(self.moved(error, setting)),
            (_, loaded) => loaded?,
        };
        let split = Split::of(loaded, data.validation, self.config.training.seed)?;
        self.check_width(&split.train)?;
        split.scaled(&data.scaling)
    }

    /// What to say where the data of a run are gone.
    fn moved(&self, error: DataError, setting: &str) -> RunError {
        RunError::from(error).hint(format!(
            "{} was trained on them; if they have moved, {setting} says where they are now",
            self.path.display()
        ))
    }

    /// Refuses rows of another width than the model's input.
    pub(crate) fn check_width(&self, rows: &Dataset) -> Outcome {
        let (input, columns) = (self.config.model.input_dim(), rows.columns());
        if input == columns {
            return Ok(());
        }
        let what = format!(
            "{} has {columns} columns, and the model in {} takes {input}",
            rows.name(),
            self.path.display()
        );
        Err(RunError::new(what).hint(format!(
            "give data of that width; a column of labels is left out with {LABEL}"
        )))
    }

    /// The epochs of its training.
    ///
    /// # Errors
    /// If the history is missing or damaged.
    pub fn history(&self) -> Outcome<Vec<EpochRow>> {
        let text = String::from_utf8_lossy(&read(&self.path, HISTORY)?).into_owned();
        latents_report::parse_history(&text)
            .map_err(|error| RunError::from(error).within(&self.path.display().to_string()))
    }
}

const RESTORE: &str = "restore model.safetensors and config.toml of the run, or train the model again";

/// Refuses weights that are not those that the run ended with.
fn check_hash(run: &Path, config: &RunConfig, model: &dyn Autoencoder) -> Outcome {
    let Some(expected) = &config.run.parameters_sha256 else {
        return Ok(());
    };
    match latents_nn::parameters_sha256(model) == *expected {
        true => Ok(()),
        false => Err(damaged(
            run,
            MODEL,
            &format!("the weights are not those of the run: their SHA-256 differs from the one in {CONFIG}"),
        )
        .hint(RESTORE)),
    }
}

/// A file of a run folder.
fn read(run: &Path, name: &str) -> Outcome<Vec<u8>> {
    check_there(run, name)?;
    let place = run.join(name);
    fs::read(&place).map_err(|error| unreadable(&place, &error))
}

fn unreadable(place: &Path, error: &std::io::Error) -> RunError {
    RunError::new(format!("{}: cannot be read: {error}", place.display()))
        .hint("check that it is a readable file")
}

/// Refuses a folder that does not exist or is not a run.
fn check_there(run: &Path, name: &str) -> Outcome {
    let place = run.display();
    if !run.is_dir() {
        return Err(RunError::new(format!("{place}: no such run folder"))
            .hint("give the folder that `latents train` wrote"));
    }
    match run.join(name).exists() {
        true => Ok(()),
        false => Err(
            RunError::new(format!("{place}: there is no {name} in the run folder"))
                .hint("give a folder that `latents train` wrote and finished"),
        ),
    }
}

fn damaged(run: &Path, name: &str, reason: &str) -> RunError {
    RunError::new(format!("{}: {reason}", run.join(name).display()))
        .hint("restore the file, or train the model again")
}
