//! Atomic, crash-safe file writes: after a crash, a file has either its old or its new content, never a part of it.
//!
//! The bytes are written to a temporary file in the same folder and synced to the disk; the file is then renamed in one step, and
//! the folder is synced, so that the name survives too.

#![forbid(unsafe_code)]

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The error of a failed write. The file keeps its old content.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {action}: {source}; {HINT}", .path.display())]
pub struct WriteError {
    /// The file to be written.
    pub path: PathBuf,
    /// The step that failed.
    pub action: &'static str,
    /// The error of the operating system.
    pub source: io::Error,
}

/// The hint that follows a [`WriteError`].
pub const HINT: &str = "check that the folder exists, is writable and has space";

impl WriteError {
    /// Describes what failed, and for which file, without the hint.
    pub fn problem(&self) -> String {
        format!(
            "cannot write {}: {}: {}",
            self.path.display(),
            self.action,
            self.source
        )
    }
}

/// Writes `bytes` to `path`, replacing any existing file. On Unix the mode of the file is 0644, minus the umask.
///
/// # Errors
/// If the folder does not exist or is not writable, or the disk is full. An existing file then keeps its content.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("model.bin");
/// latents_durable::write(&path, b"weights")?;
/// assert_eq!(std::fs::read(&path).unwrap(), b"weights");
/// # Ok::<(), latents_durable::WriteError>(())
/// ```
pub fn write(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), WriteError> {
    write_with(path, |out| out.write_all(bytes))
}

/// Like [`write()`], with the content that `body` writes, through a buffer.
///
/// # Errors
/// As in [`write()`], and if `body` fails.
///
/// ```
/// # use std::io::Write; let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("rows.csv");
/// latents_durable::write_with(&path, |out| (0..3).try_for_each(|row| writeln!(out, "{row}")))?;
/// assert_eq!(std::fs::read(&path).unwrap(), b"0\n1\n2\n");
/// # Ok::<(), latents_durable::WriteError>(())
/// ```
pub fn write_with(
    path: impl AsRef<Path>,
    body: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    let path = path.as_ref();
    let failed = |action| {
        move |source| WriteError {
            path: path.to_owned(),
            action,
            source: without_temporary_name(source),
        }
    };
    let folder = folder_of(path);
    let file = temporary_in(folder).map_err(failed("creating a temporary file in its folder"))?;
    let mut out = BufWriter::with_capacity(1 << 16, file);
    body(&mut out).map_err(failed("writing"))?;
    let file = out
        .into_inner()
        .map_err(|error| failed("writing")(error.into_error()))?;
    file.as_file().sync_all().map_err(failed("syncing"))?;
    file.persist(path)
        .map_err(|error| failed("renaming the temporary file")(error.error))?;
    sync_folder(folder).map_err(failed("syncing the folder"))
}

/// Removes the name of the temporary file, which `tempfile` appends and the caller does not know, from an error.
fn without_temporary_name(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((said, _)) => io::Error::new(error.kind(), said),
        None => error,
    }
}

/// Moves files from the folder `from` to the folder `to` on the same disk, one after the other, replacing existing files.
///
/// # Errors
/// If a file cannot be moved: it and those after it stay in `from`.
///
/// ```
/// # let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
/// latents_durable::write(from.path().join("a"), b"new")?;
/// latents_durable::move_files(&["a"], &from, &to)?;
/// assert_eq!(std::fs::read(to.path().join("a")).unwrap(), b"new");
/// # Ok::<(), latents_durable::WriteError>(())
/// ```
pub fn move_files(names: &[&str], from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), WriteError> {
    let (from, to) = (from.as_ref(), to.as_ref());
    let failed = |path: &Path, action| {
        let path = path.to_owned();
        move |source| WriteError { path, action, source }
    };
    for name in names {
        let path = to.join(name);
        std::fs::rename(from.join(name), &path).map_err(failed(&path, "renaming the temporary file"))?;
    }
    sync_folder(to).map_err(failed(to, "syncing the folder"))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Removes the temporary files of killed writes from `folder`, as far as possible. Nothing else may write to the folder
/// meanwhile.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// std::fs::write(folder.path().join(".writing-aB3dEf"), "half").unwrap();
/// latents_durable::sweep(&folder);
/// assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
/// ```
pub fn sweep(folder: impl AsRef<Path>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| is_left_over(&entry.file_name()))
        .for_each(|entry| drop(std::fs::remove_file(entry.path())));
}

/// Returns whether this is the name of a temporary file of a killed write.
///
/// ```
/// # use std::ffi::OsStr;
/// assert!(latents_durable::is_left_over(OsStr::new(".writing-aB3dEf")));
/// assert!(!latents_durable::is_left_over(OsStr::new("model.bin")));
/// ```
pub fn is_left_over(name: &OsStr) -> bool {
    let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
    random.is_some_and(|random| random.len() == RANDOM && random.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The prefix of temporary names.
const PREFIX: &str = ".writing-";
/// The number of random characters after the prefix.
const RANDOM: usize = 6;

fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).rand_bytes(RANDOM);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder.tempfile_in(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// On other systems a folder cannot be opened as a file; the rename is as durable as the system makes it.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        write(&path, b"first").unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, plain) = (folder.path().join("model.bin"), folder.path().join("plain"));
        write(&path, b"x").unwrap();
        std::fs::write(&plain, b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path) & 0o777, mode(&plain) & 0o644);
    }

    #[test]
    fn a_failure_names_the_file_and_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("model.bin");
        let message = write(&path, b"x").unwrap_err().to_string();
        assert!(
            message.contains("model.bin")
                && !message.contains(".writing-")
                && message.contains("folder exists"),
            "{message}"
        );
        // A folder has the name of the file: the rename fails, and the temporary file is removed.
        let taken = folder.path().join("taken");
        std::fs::create_dir_all(taken.join("inside")).unwrap();
        assert!(write(&taken, b"x").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn moving_replaces_up_to_the_first_that_fails() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let read = |name: &str| std::fs::read_to_string(to.path().join(name)).unwrap();
        for name in ["a", "b"] {
            std::fs::write(from.path().join(name), "new").unwrap();
            std::fs::write(to.path().join(name), "old").unwrap();
        }
        let error = move_files(&["a", "missing", "b"], from.path(), to.path()).unwrap_err();
        assert_eq!(error.path, to.path().join("missing"));
        assert_eq!((read("a"), read("b")), ("new".to_owned(), "old".to_owned()));
        move_files(&["b"], from.path(), to.path()).unwrap();
        assert_eq!(read("b"), "new");
    }

    #[test]
    fn sweeping_removes_only_what_writes_left() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mine = ["notes", ".writing-", ".writing-thesis2", ".writing-a.b.cd"];
        std::fs::write(at(".writing-aB3dEf"), "half").unwrap();
        mine.iter()
            .for_each(|name| std::fs::write(at(name), "mine").unwrap());
        sweep(folder.path());
        assert!(!at(".writing-aB3dEf").exists());
        assert!(mine.iter().all(|name| at(name).exists()));
        sweep(at("missing"));
    }
}
