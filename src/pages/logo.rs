//! The picture beside the brand's name. It is read once, with the settings, so that a wrong path is
//! told at start and not by a broken picture.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Pictures for a page of 12 kB need not be larger.
const LARGEST: usize = 256 * 1024;

/// What a picture is served with. An SVG could run scripts when it is opened by itself.
pub const LOGO_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// A picture in memory. Serialized, it is the path that it was read from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PathBuf", into = "PathBuf")]
pub struct Logo {
    file: PathBuf,
    bytes: Arc<[u8]>,
}

impl Logo {
    /// The value of `Content-Type`.
    pub fn media_type(&self) -> &'static str {
        media_type(&self.file).unwrap_or("application/octet-stream")
    }

    /// The file's content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl TryFrom<PathBuf> for Logo {
    type Error = String;

    fn try_from(file: PathBuf) -> Result<Self, String> {
        if media_type(&file).is_none() {
            return Err(format!("{} is not an SVG, PNG, JPEG or WebP file", file.display()));
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
        _ => None,
    }
}

impl From<Logo> for PathBuf {
    fn from(logo: Logo) -> Self {
        logo.file
    }
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_read_at_once_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("doorstep-logo-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, size: usize| {
            let file = folder.join(name);
            std::fs::write(&file, vec![b' '; size]).unwrap();
            Logo::try_from(file)
        };
        assert_eq!(
            write("a.PNG", 9).map(|logo| (logo.media_type(), logo.bytes().len())),
            Ok(("image/png", 9))
        );
        assert!(write("large.svg", LARGEST + 1).unwrap_err().contains("larger than 256 KiB"));
        assert!(write("page.html", 1).unwrap_err().contains("is not an SVG"));
        assert!(Logo::try_from(folder.join("none.svg")).unwrap_err().contains("none.svg: "));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
