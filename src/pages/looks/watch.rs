//! Follows the files of a brand's folder. They are looked at, not listened to: asking a few files for
//! their times costs nothing, and works on every file system, mounted secrets and volumes too.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Looks;
use crate::pages::brand::Brands;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(1);
/// More files are not looked at: a brand has a few dozen.
const MOST: usize = 1000;

/// What is known of a file without reading it.
type Trace = (PathBuf, Option<SystemTime>, u64);

impl Looks {
    /// Follows the brand's folder, if there is one, for as long as the looks are used.
    pub fn watch(&self) {
        let Some(folder) = self.shown().brands.folder.clone() else { return };
        let (shown, base) = (Arc::downgrade(&self.shown), self.base.clone());
        tokio::spawn(async move {
            // Nothing is known at first: a file may have changed since the brand was read.
            let mut known = Vec::new();
            loop {
                tokio::time::sleep(EVERY).await;
                let Some(shown) = shown.upgrade() else { return };
                let now = traces_of(folder.clone()).await;
                if now != known {
                    known = now;
                    Self { base: base.clone(), shown }.read_again(&folder).await;
                }
            }
        });
    }

    async fn read_again(&self, folder: &Path) {
        let path = folder.to_owned();
        let read = tokio::task::spawn_blocking(move || Brands::read(&path)).await;
        match read {
            Ok(Ok(brands)) => {
                self.change(brands);
                tracing::info!(folder = %folder.display(), "the brand was read");
            }
            Ok(Err(bad)) => {
                tracing::error!(%bad, "the brand cannot be used as it is now; pages look as before");
            }
            Err(panic) => tracing::error!(%panic, "the brand could not be read"),
        }
    }
}

async fn traces_of(folder: PathBuf) -> Vec<Trace> {
    tokio::task::spawn_blocking(move || {
        let mut traces = Vec::new();
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let Ok(file) = std::fs::metadata(&path) else { continue };
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
        traces
    })
    .await
    .unwrap_or_default()
}
