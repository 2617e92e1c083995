//! Follows the files of a brand's folder.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::Looks;
use crate::pages::brand::{Brands, Folder};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(1);

impl Looks {
    /// Follows the brand's folder, if there is one, for as long as the looks are used. That takes a runtime;
    /// without one, pages stay as they are.
    pub fn watch(&self) {
        let folder = self.shown().brands.folder.clone();
        let (Some(mut known), Ok(runtime)) = (folder, Handle::try_current()) else { return };
        let (shown, base) = (Arc::downgrade(&self.shown), self.base.clone());
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(EVERY).await;
                let Some(shown) = shown.upgrade() else { return };
                let path = known.path.clone();
                let Ok(now) = spawn_blocking(move || Folder::look_at(&path)).await else { return };
                if now != known {
                    known = now;
                    Self { base: base.clone(), shown }.read_again(&known.path).await;
                }
            }
        });
    }

    async fn read_again(&self, folder: &Path) {
        let path = folder.to_owned();
        let read = spawn_blocking(move || Brands::read(&path)).await;
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
