//! A list of passwords that are known from breaches, in the form in which Have I Been Pwned gives them
//! away: one SHA-1 hash a line in hexadecimal, ordered, with or without `:COUNT` after it. Such a file has
//! tens of gigabytes, so it is searched where it lies, by halves.

use std::cmp::Ordering;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::rules::prepare;
use crate::secret::{self, Secret};

/// Characters of a hash.
const HASH: usize = 40;
/// Bytes of a line at most: a hash and a count.
const LONGEST_LINE: u64 = 80;

/// The list. Clones share it.
#[derive(Clone, Debug)]
pub struct BreachedList {
    path: Arc<PathBuf>,
}

/// Why a file cannot be the list.
#[derive(Debug)]
pub struct BadList(String);

impl fmt::Display for BadList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadList {}

impl BreachedList {
    /// The list in this file, which is looked at in a few places.
    ///
    /// # Errors
    /// [`BadList`] says what the file should be like.
    pub fn open(path: &Path) -> Result<Self, BadList> {
        let list = Self { path: Arc::new(path.into()) };
        let shown = path.display();
        let check = || -> io::Result<bool> {
            let (mut file, length) = list.file()?;
            let mut before = String::new();
            for part in 0..16 {
                let Some(hash) = hash_after(&mut file, length / 16 * part)? else { break };
                if hash.len() != HASH
                    || hash < before
                    || !hash.bytes().all(|b| b.is_ascii_hexdigit())
                {
                    return Ok(false);
                }
                before = hash;
            }
            Ok(!before.is_empty())
        };
        match check() {
            Ok(true) => Ok(list),
            Ok(false) => Err(BadList(format!(
                "{shown} should have one SHA-1 hash of a password a line, in the order of the hashes"
            ))),
            Err(error) => Err(BadList(format!("{shown} cannot be read: {error}"))),
        }
    }

    /// Whether this password is on the list. It reads a few dozen lines of the file, so call it where it
    /// may block.
    ///
    /// # Errors
    /// When the file can no longer be read.
    pub fn contains(&self, password: &Secret) -> io::Result<bool> {
        let hash = secret::sha1(prepare(password).expose());
        let wanted: String = hash.iter().map(|byte| format!("{byte:02X}")).collect();
        let (mut file, mut end) = self.file()?;
        let mut start = 0;
        // Every line that begins before `start` is too small, every one at or after `end` too large.
        while start < end {
            let middle = start + (end - start) / 2;
            match hash_after(&mut file, middle)?.map(|hash| hash.cmp(&wanted)) {
                Some(Ordering::Equal) => return Ok(true),
                Some(Ordering::Less) => start = middle + 1,
                Some(Ordering::Greater) | None => end = middle,
            }
        }
        Ok(false)
    }

    fn file(&self) -> io::Result<(BufReader<File>, u64)> {
        let file = File::open(&*self.path)?;
        let length = file.metadata()?.len();
        Ok((BufReader::with_capacity(256, file), length))
    }
}

/// The hash in the first line that begins at or after `offset`, in capitals.
fn hash_after(file: &mut BufReader<File>, offset: u64) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    // A line begins at `offset` if the byte before ends one.
    file.seek(SeekFrom::Start(offset.saturating_sub(1)))?;
    if offset > 0 {
        file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        line.clear();
    }
    file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    let text = String::from_utf8_lossy(&line);
    let hash = text.split([':', '\r', '\n']).next().unwrap_or_default().to_ascii_uppercase();
    Ok(Some(hash).filter(|_| !line.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list_of(
        lines: &[String],
        end: &str,
    ) -> (tempfile::NamedTempFile, Result<BreachedList, BadList>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            lines.iter().map(|line| format!("{line}{end}")).collect::<String>(),
        )
        .unwrap();
        let list = BreachedList::open(file.path());
        (file, list)
    }

    fn hash(password: &str) -> String {
        secret::sha1(password).iter().map(|byte| format!("{byte:02X}")).collect()
    }

    #[test]
    fn every_password_on_the_list_is_found_and_no_other() {
        for (end, count) in [("\n", ""), ("\r\n", ":17"), ("\n", ":10434004")] {
            for length in [1, 2, 3, 100] {
                let mut lines: Vec<String> =
                    (0..length).map(|i| hash(&format!("password {i}")) + count).collect();
                lines.sort();
                let (_file, list) = list_of(&lines, end);
                let list = list.unwrap();
                for i in 0..length {
                    assert!(
                        list.contains(&Secret::new(format!("password {i}"))).unwrap(),
                        "{i} {length}"
                    );
                }
                for i in length..length + 50 {
                    assert!(
                        !list.contains(&Secret::new(format!("password {i}"))).unwrap(),
                        "{i} {length}"
                    );
                }
            }
        }
    }

    #[test]
    fn small_letters_and_a_missing_last_line_end_do_not_matter() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), hash("hunter2").to_lowercase()).unwrap();
        assert!(
            BreachedList::open(file.path()).unwrap().contains(&Secret::new("hunter2")).unwrap()
        );
    }

    #[test]
    fn a_file_of_another_kind_is_refused() {
        let shuffled: Vec<String> = (0..64).rev().map(|i| format!("{i:040X}")).collect();
        for lines in [vec![], vec!["hunter2".to_owned(), "password".into()], shuffled] {
            let reason = list_of(&lines, "\n").1.unwrap_err().to_string();
            assert!(reason.contains("one SHA-1 hash of a password a line"), "{reason}");
        }
        let reason = BreachedList::open(Path::new("/nowhere/list")).unwrap_err().to_string();
        assert!(reason.starts_with("/nowhere/list cannot be read"), "{reason}");
    }
}
