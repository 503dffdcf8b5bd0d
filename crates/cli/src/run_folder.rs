//! `RunFolder`: where a run is written, and `Run`: a run that is read again.

use crate::failure::{Failure, Outcome};
use crate::model::Model;
use crate::run_config::RunConfig;
use latents_autoencoders::Registry;
use latents_autoencoders::registry::load_weights;
use latents_nn::TensorFile;
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
    /// Whether an earlier run lies there.
    has_run: bool,
}

/// How the name of a folder begins in which a run is written before it takes its place.
const STAGE: &str = ".latents-";

impl RunFolder {
    /// The folder that a person asked for. One that has a run is refused unless it may be overwritten, one that has
    /// other things always.
    pub(crate) fn claim(path: &Path, overwrite: bool) -> Outcome<Self> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| unwritable(path, &error))?;
        }
        let made = match fs::create_dir(path) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                refuse_existing(path, overwrite)?;
                sweep(path);
                false
            }
            Err(error) => return Err(unwritable(path, &error)),
        };
        Self {
            path: path.to_owned(),
            made,
            has_run: !made && has_run(path),
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
                Ok(()) => {
                    return Self {
                        path,
                        made: true,
                        has_run: false,
                    }
                    .probed();
                }
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

    /// Whether an earlier run lies there.
    pub(crate) fn has_run(&self) -> bool {
        self.has_run
    }

    /// Puts a run in place of the one that may be there: `write` gets a folder for model, configuration and history.
    /// Until all three are written the earlier run stands. The folder lies within, so that it is on the same disk.
    pub(crate) fn replace(&self, write: impl FnOnce(&Path) -> Outcome) -> Outcome {
        let stage = tempfile::Builder::new().prefix(STAGE).tempdir_in(&self.path);
        let stage = stage.map_err(|error| unwritable(&self.path, &error))?;
        write(stage.path()).map_err(|failure| failure.placed(stage.path(), &self.path))?;
        latents_durable::move_files(&[MODEL, CONFIG, HISTORY], stage.path(), &self.path)?;
        self.forget_page()
    }

    /// Takes away the page of an earlier run, so that the folder never shows two.
    fn forget_page(&self) -> Outcome {
        for name in [REPORT, PICTURE] {
            match fs::remove_file(self.path.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(unwritable(&self.path, &error));
                }
                _ => {}
            }
        }
        Ok(())
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
    let refused = |why: &str, hint: &str| Err(Failure::new(format!("{place}: {why}")).hint(hint));
    if !path.is_dir() {
        return refused("exists and is no folder", "choose another --out");
    }
    let files = [MODEL, CONFIG, HISTORY, REPORT, PICTURE];
    if let Some(name) = files.iter().find(|name| path.join(name).is_dir()) {
        return refused(
            &format!("{name} is a folder there, and has to be a file"),
            "move it away, or choose another --out",
        );
    }
    let empty = fs::read_dir(path).is_ok_and(|entries| entries.flatten().all(|entry| is_left_over(&entry)));
    match (empty, has_run(path), overwrite) {
        (true, ..) | (_, true, true) => Ok(()),
        (_, true, false) => refused(
            "the run folder exists",
            "choose another --out, or replace the run with --overwrite",
        ),
        (_, false, _) => refused(
            "the folder has files, and none of a run",
            "choose another --out: an empty folder, or one that does not exist",
        ),
    }
}

fn has_run(path: &Path) -> bool {
    [CONFIG, MODEL].iter().any(|name| path.join(name).exists())
}

/// Removes what a killed run left.
fn sweep(path: &Path) {
    latents_durable::sweep(path);
    let stages = fs::read_dir(path).into_iter().flatten().flatten();
    stages
        .filter(is_stage)
        .for_each(|stage| drop(fs::remove_dir_all(stage.path())));
}

fn is_left_over(entry: &fs::DirEntry) -> bool {
    latents_durable::is_left_over(&entry.file_name()) || is_stage(entry)
}

fn is_stage(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy().into_owned();
    let random = name.strip_prefix(STAGE).unwrap_or_default();
    let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
    is_folder && random.len() == 6 && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
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
    pub(crate) model: Box<Model>,
}

impl Run {
    /// Reads configuration and weights of a run folder.
    pub(crate) fn open(path: &Path, registry: &Registry) -> Outcome<Self> {
        let text = read(path, CONFIG)?;
        let text = String::from_utf8(text).map_err(|_| damaged(path, CONFIG, "it is not text"))?;
        let place = path.join(CONFIG).display().to_string();
        let config = RunConfig::parse(&text, &place, registry)?;
        check_there(path, MODEL)?;
        let weights = TensorFile::load(path.join(MODEL));
        let weights = weights.map_err(|error| Failure::from(error).hint(RESTORE))?;
        // (The file holds its configuration too; runs of version 0.1 have it in config.toml alone.)
        let model = load_weights(&config.model, &weights);
        let model = model.map_err(|error| Failure::from(error).hint(RESTORE))?;
        check_hash(path, &config, &*model)?;
        Ok(Self {
            path: path.to_owned(),
            config,
            model,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a path is that of a file of this run.
    pub(crate) fn has_file(&self, path: &Path) -> bool {
        let own =
            [MODEL, CONFIG, HISTORY, REPORT, PICTURE].map(|name| self.path.join(name).canonicalize().ok());
        path.canonicalize().is_ok_and(|path| own.contains(&Some(path)))
    }

    /// The folder as one to write to.
    pub(crate) fn folder(&self) -> Outcome<RunFolder> {
        RunFolder {
            path: self.path.clone(),
            made: false,
            has_run: true,
        }
        .probed()
    }

    /// The epochs of its training.
    pub(crate) fn history(&self) -> Outcome<Vec<latents_report::EpochRow>> {
        let text = String::from_utf8_lossy(&read(&self.path, HISTORY)?).into_owned();
        latents_report::parse_history(&text)
            .map_err(|error| Failure::from(error).within(&self.path.display().to_string()))
    }
}

const RESTORE: &str = "restore model.safetensors and config.toml of the run, or train the model again";

/// Refuses weights that are not those that the run ended with.
fn check_hash(run: &Path, config: &RunConfig, model: &Model) -> Outcome {
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

fn unreadable(place: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: cannot be read: {error}", place.display()))
        .hint("check that it is a file that you may read")
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
