//! `RunFolder`: where a run is written.

use crate::error::{Outcome, RunError};
use crate::text::setting::{OUT, OVERWRITE};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The weights and the configuration of the model.
pub const MODEL: &str = "model.safetensors";
/// Everything else that is needed to use or repeat the run.
pub const CONFIG: &str = "config.toml";
/// The epochs of the training.
pub const HISTORY: &str = "history.csv";
/// The page of the run.
pub const REPORT: &str = "report.html";
/// Rows and their reconstructions.
pub const PICTURE: &str = "reconstructions.png";

/// A folder that is there, can be written to, and is this run's alone.
///
/// One that was made here and got no file disappears again.
#[derive(Debug)]
pub struct RunFolder {
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
    ///
    /// # Errors
    /// If it is refused, or cannot be made or written to.
    pub fn claim(path: impl AsRef<Path>, overwrite: bool) -> Outcome<Self> {
        let path = path.as_ref();
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
    ///
    /// # Errors
    /// If it cannot be made or written to.
    pub fn claim_numbered(name: &str) -> Outcome<Self> {
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

    /// The folder of a run that is there.
    pub(crate) fn of_run(path: &Path) -> Outcome<Self> {
        Self {
            path: path.to_owned(),
            made: false,
            has_run: true,
        }
        .probed()
    }

    /// Finds out now, not after an hour of training, that files cannot be written.
    fn probed(self) -> Outcome<Self> {
        match tempfile::tempfile_in(&self.path) {
            Ok(_) => Ok(self),
            Err(error) => Err(unwritable(&self.path, &error)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether an earlier run lies there.
    pub fn has_run(&self) -> bool {
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
    let refused = |why: &str, hint: String| Err(RunError::new(format!("{place}: {why}")).hint(hint));
    if !path.is_dir() {
        return refused("exists and is not a folder", format!("choose another {OUT}"));
    }
    let files = [MODEL, CONFIG, HISTORY, REPORT, PICTURE];
    if let Some(name) = files.iter().find(|name| path.join(name).is_dir()) {
        return refused(
            &format!("{name} is a folder there, and has to be a file"),
            format!("move it away, or choose another {OUT}"),
        );
    }
    let empty = fs::read_dir(path).is_ok_and(|entries| entries.flatten().all(|entry| is_left_over(&entry)));
    match (empty, has_run(path), overwrite) {
        (true, ..) | (_, true, true) => Ok(()),
        (_, true, false) => refused(
            "the run folder exists",
            format!("choose another {OUT}, or replace the run with {OVERWRITE}"),
        ),
        (_, false, _) => refused(
            "the folder has files, and none of a run",
            format!("choose another {OUT}: an empty folder, or one that does not exist"),
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

fn unwritable(path: &Path, error: &std::io::Error) -> RunError {
    RunError::new(format!(
        "{}: the run folder cannot be written: {error}",
        path.display()
    ))
    .hint(format!("choose an {OUT} that you may write to"))
}
