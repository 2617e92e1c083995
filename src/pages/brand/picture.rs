//! An operator's pictures. They are read with the brand, so that a wrong path is told at once and not by
//! a broken picture, and served under a name made of their content.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::secret;

/// Pictures for a page of 12 kB need not be larger.
const LARGEST: usize = 256 * 1024;

/// What a picture is served with. An SVG could run scripts when it is opened by itself.
pub const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// A picture in memory. Serialized, it is the path that it was read from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PathBuf", into = "PathBuf")]
pub struct Picture {
    file: PathBuf,
    bytes: Arc<[u8]>,
}

impl Picture {
    /// The value of `Content-Type`.
    pub fn media_type(&self) -> &'static str {
        media_type(&self.file).unwrap_or("application/octet-stream")
    }

    /// The file's content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The last part of its address, `B/brand/<name>`: another content has another name, so browsers
    /// may keep it for good.
    pub fn name(&self) -> String {
        secret::base64url(&secret::sha256(&self.bytes)[..12])
    }
}

impl TryFrom<PathBuf> for Picture {
    type Error = String;

    fn try_from(file: PathBuf) -> Result<Self, String> {
        if media_type(&file).is_none() {
            return Err(format!("{} is not an SVG, PNG, JPEG, WebP or ICO file", file.display()));
        }
        let bytes = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        if bytes.len() > LARGEST {
            return Err(format!("{} is larger than {} KiB", file.display(), LARGEST / 1024));
        }
        Ok(Self { file, bytes: bytes.into() })
    }
}

fn media_type(file: &Path) -> Option<&'static str> {
    match file.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        "jpg" | "jpeg" => Some("image/jpeg"),
        "webp" => Some("image/webp"),
        "ico" => Some("image/vnd.microsoft.icon"),
        _ => None,
    }
}

impl From<Picture> for PathBuf {
    fn from(picture: Picture) -> Self {
        picture.file
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_read_at_once_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, size: usize| {
            let file = folder.path().join(name);
            std::fs::write(&file, vec![b' '; size]).unwrap();
            Picture::try_from(file)
        };
        assert_eq!(
            write("a.PNG", 9).map(|picture| (picture.media_type(), picture.bytes().len())),
            Ok(("image/png", 9))
        );
        assert_ne!(write("a.svg", 9).unwrap().name(), write("a.svg", 8).unwrap().name());
        assert!(write("large.svg", LARGEST + 1).unwrap_err().contains("larger than 256 KiB"));
        assert!(write("page.html", 1).unwrap_err().contains("is not an SVG"));
        let missing = Picture::try_from(folder.path().join("none.svg"));
        assert!(missing.unwrap_err().contains("none.svg: "));
    }
}
