//! The files of a brand: what is in them, and whether they have changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::BadBrand;

/// More files are not looked at: a brand has a few dozen.
const MOST: usize = 1000;

/// What is known of files without reading them. They are looked at, not listened to: asking a few files for
/// their times costs nothing, and works on every file system, mounted secrets and volumes too.
pub type Traces = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// A brand's folder, as it was just before it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// How its files looked.
    pub traces: Traces,
}

impl Folder {
    /// Looks at a folder.
    pub fn look_at(path: &Path) -> Self {
        let mut traces = Traces::new();
        let mut folders = vec![path.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let Ok(file) = fs::metadata(&path) else { continue };
                if traces.len() == MOST {
                    break;
                }
                if file.is_dir() {
                    folders.push(path.clone());
                }
                traces.push((path, file.modified().ok(), file.len()));
            }
        }
        traces.sort();
        Self { path: path.to_owned(), traces }
    }
}

/// The content of a file that may not be there.
pub fn contents(file: &Path) -> Result<Option<String>, BadBrand> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(file, &error)),
    }
}

/// What is in a folder that may not be there, in a fixed order.
pub fn listed(folder: &Path) -> Result<Vec<PathBuf>, BadBrand> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let read = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut paths = read().map_err(|error| unreadable(folder, &error))?;
    paths.sort();
    Ok(paths)
}

fn unreadable(file: &Path, error: &std::io::Error) -> BadBrand {
    BadBrand::new(file, format!("cannot be read: {error}"))
}
