//! The file with the root key: made at the first start, readable by its owner alone, never overwritten.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::secret::{self, RootKey};

/// Why there is no root key; says which file, and what to do.
#[derive(Debug)]
pub enum Error {
    /// The file cannot be read or made.
    Io(std::path::PathBuf, io::Error),
    /// Other users of the machine can read the file.
    Open(std::path::PathBuf),
    /// There is no such file, and a store that needs it.
    Missing(std::path::PathBuf),
    /// The file holds something else.
    NotAKey(std::path::PathBuf),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(path, source) => {
                write!(f, "the key file {} cannot be used: {source}", path.display())
            }
            Self::Open(path) => write!(
                f,
                "the key file {0} can be read by others on this machine; close it with: chmod 600 {0}",
                path.display()
            ),
            Self::Missing(path) => write!(
                f,
                "the key file {} is not there, and the database cannot be used without it; put back the file that \
                 belongs to this database, or name it with key_file",
                path.display()
            ),
            Self::NotAKey(path) => write!(
                f,
                "the key file {} does not hold a key of Doorstep; put back the file that belongs to this database, \
                 or name another with key_file",
                path.display()
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, source) => Some(source),
            Self::Open(_) | Self::Missing(_) | Self::NotAKey(_) => None,
        }
    }
}

/// Reads the root key, or makes the file with a fresh one when it is not there. The flag tells whether
/// it was made now.
///
/// # Errors
/// [`Error`] when the file cannot be used as it is; it is never changed then.
pub fn load_or_create(path: &Path) -> Result<(RootKey, bool), Error> {
    match load(path) {
        Err(Error::Missing(_)) => {}
        key => return key.map(|key| (key, false)),
    }
    match create(path) {
        Ok(key) => Ok((key, true)),
        // Another process was faster; its key is the key.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            load(path).map(|key| (key, false))
        }
        Err(error) => Err(Error::Io(path.into(), error)),
    }
}

/// Reads the root key.
///
/// # Errors
/// As [`load_or_create`], and when the file is not there.
pub fn load(path: &Path) -> Result<RootKey, Error> {
    let io = |error| Error::Io(path.into(), error);
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::Missing(path.into()),
        _ => io(error),
    })?;
    if is_open_to_others(&file.metadata().map_err(io)?) {
        return Err(Error::Open(path.into()));
    }
    let mut text = String::new();
    match file.take(1024).read_to_string(&mut text) {
        Err(error) if error.kind() != io::ErrorKind::InvalidData => Err(io(error)),
        _ => RootKey::from_text(&text).ok_or_else(|| Error::NotAKey(path.into())),
    }
}

/// Writes the key beside its place and links it there: the file appears whole or not at all, and one
/// that is there already stays.
fn create(path: &Path) -> io::Result<RootKey> {
    let key = RootKey::generate();
    let draft = path.with_added_extension(secret::random_id());
    let written =
        write_private(&draft, key.to_text().expose()).and_then(|()| fs::hard_link(&draft, path));
    let _ = fs::remove_file(&draft);
    written?;
    let directory =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()?;
    Ok(key)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> std::path::PathBuf {
        let directory = std::env::temp_dir().join(format!("doorstep-key-{}", secret::random_id()));
        fs::create_dir(&directory).unwrap();
        directory
    }

    #[test]
    fn the_key_is_made_once_and_found_again() {
        let directory = directory();
        let path = directory.join("doorstep.key");
        let (first, made) = load_or_create(&path).unwrap();
        let (second, made_again) = load_or_create(&path).unwrap();
        assert_eq!((made, made_again), (true, false));
        assert_eq!(first.derive("x", &[]), second.derive("x", &[]));
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "no draft is left");
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn processes_that_start_together_agree_on_one_key() {
        let directory = directory();
        let path = directory.join("doorstep.key");
        let keys: Vec<_> = std::thread::scope(|scope| {
            let starts: Vec<_> =
                (0..8).map(|_| scope.spawn(|| load_or_create(&path).unwrap())).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert_eq!(keys.iter().filter(|(_, made)| *made).count(), 1);
        assert!(keys.iter().all(|(key, _)| key.derive("x", &[]) == keys[0].0.derive("x", &[])));
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_file_that_is_not_a_key_is_left_alone() {
        let directory = directory();
        let path = directory.join("doorstep.key");
        write_private(&path, "shopping list").unwrap();
        assert!(matches!(load_or_create(&path), Err(Error::NotAKey(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "shopping list\n");
        fs::remove_dir_all(directory).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let directory = directory();
        let path = directory.join("doorstep.key");
        load_or_create(&path).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let message = load_or_create(&path).unwrap_err().to_string();
            assert!(message.contains(&format!("chmod 600 {}", path.display())), "{message}");
        }
        fs::remove_dir_all(directory).unwrap();
    }
}
