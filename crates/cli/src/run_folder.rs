//! `RunFolder`: where a run is written, and `Run`: a run that is read again.

use crate::failure::{Failure, Outcome};
use crate::model::Model;
use crate::run_config::RunConfig;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub(crate) const MODEL: &str = "model.safetensors";
pub(crate) const CONFIG: &str = "config.toml";
pub(crate) const HISTORY: &str = "history.csv";
pub(crate) const REPORT: &str = "report.html";
pub(crate) const PICTURE: &str = "reconstructions.png";

/// A folder that is there, can be written to, and is this run's alone.
///
/// One that was made here and got no file disappears again.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    made: bool,
}

impl RunFolder {
    /// The folder that a person asked for. One that exists is refused unless it may be overwritten.
    pub(crate) fn claim(path: &Path, overwrite: bool) -> Outcome<Self> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| unwritable(path, &error))?;
        }
        let made = match fs::create_dir(path) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                refuse_existing(path, overwrite)?;
                false
            }
            Err(error) => return Err(unwritable(path, &error)),
        };
        Self {
            path: path.to_owned(),
            made,
        }
        .probed()
    }

    /// The first free one of `runs/<name>-1`, `runs/<name>-2`, …
    pub(crate) fn claim_numbered(name: &str) -> Outcome<Self> {
        let runs = Path::new("runs");
        fs::create_dir_all(runs).map_err(|error| unwritable(runs, &error))?;
        for number in 1.. {
            let path = runs.join(format!("{name}-{number}"));
            match fs::create_dir(&path) {
                Ok(()) => return Self { path, made: true }.probed(),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(&path, &error)),
            }
        }
        unreachable!("a folder has no end of names")
    }

    /// Finds out now, not after an hour of training, that files cannot be written.
    fn probed(self) -> Outcome<Self> {
        match tempfile::tempfile_in(&self.path) {
            Ok(_) => Ok(self),
            Err(error) => Err(unwritable(&self.path, &error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file of the run: whole, or not at all.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Outcome {
        Ok(latents_durable::write(self.path.join(name), bytes)?)
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if self.made {
            // Succeeds only where the folder is empty.
            let _ = fs::remove_dir(&self.path);
        }
    }
}

fn refuse_existing(path: &Path, overwrite: bool) -> Outcome {
    let place = path.display();
    match (path.is_dir(), overwrite) {
        (false, _) => {
            Err(Failure::new(format!("{place}: exists and is no folder")).hint("choose another --out"))
        }
        (true, false) => Err(Failure::new(format!("{place}: the run folder exists"))
            .hint("choose another --out, or replace the run with --overwrite")),
        (true, true) => Ok(()),
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!(
        "{}: the run folder cannot be written: {error}",
        path.display()
    ))
    .hint("choose an --out that you may write to")
}

/// A trained model with its configuration.
pub(crate) struct Run {
    path: PathBuf,
    pub(crate) config: RunConfig,
    pub(crate) model: Model,
}

impl Run {
    /// Reads configuration and weights of a run folder.
    pub(crate) fn open(path: &Path) -> Outcome<Self> {
        let text = read(path, CONFIG)?;
        let text = String::from_utf8(text).map_err(|_| damaged(path, CONFIG, "it is no text"))?;
        let place = path.join(CONFIG).display().to_string();
        let config = RunConfig::parse(&text, &place)?;
        let model = config.model.build(config.training.seed);
        let mut model = model.map_err(|failure| failure.within(&place))?;
        check_there(path, MODEL)?;
        latents_nn::load_state(&mut model, path.join(MODEL)).map_err(|error| {
            Failure::from(error)
                .hint("restore model.safetensors and config.toml of the run, or train the model again")
        })?;
        Ok(Self {
            path: path.to_owned(),
            config,
            model,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder as one to write to.
    pub(crate) fn folder(&self) -> Outcome<RunFolder> {
        RunFolder::claim(&self.path, true)
    }

    /// The epochs of its training.
    pub(crate) fn history(&self) -> Outcome<Vec<latents_report::EpochRow>> {
        let text = String::from_utf8_lossy(&read(&self.path, HISTORY)?).into_owned();
        latents_report::parse_history(&text)
            .map_err(|error| Failure::from(error).within(&self.path.display().to_string()))
    }
}

/// A file of a run folder.
fn read(run: &Path, name: &str) -> Outcome<Vec<u8>> {
    check_there(run, name)?;
    let place = run.join(name);
    fs::read(&place).map_err(|error| Failure::new(format!("{}: cannot be read: {error}", place.display())))
}

/// Refuses a folder that is none, or no run's.
fn check_there(run: &Path, name: &str) -> Outcome {
    let place = run.display();
    if !run.is_dir() {
        return Err(Failure::new(format!("{place}: no such run folder"))
            .hint("give the folder that `latents train` wrote"));
    }
    match run.join(name).exists() {
        true => Ok(()),
        false => Err(
            Failure::new(format!("{place}: there is no {name} in the run folder"))
                .hint("give a folder that `latents train` wrote and finished"),
        ),
    }
}

fn damaged(run: &Path, name: &str, reason: &str) -> Failure {
    Failure::new(format!("{}: {reason}", run.join(name).display()))
        .hint("restore the file, or train the model again")
}
