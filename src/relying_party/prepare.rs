//! Getting a provider ready before anybody needs it. One that is down stops nobody else: it is tried
//! again for as long as somebody has a use for it.

use std::sync::Arc;
use std::time::Duration;

use super::Provider;

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Gets the provider ready, in a task of its own. `id` names it in the log.
pub fn prepare(id: String, provider: Arc<dyn Provider>) {
    tokio::spawn(async move {
        let mut pause = Duration::from_secs(2);
        loop {
            match provider.prepare().await {
                Ok(()) => return tracing::info!(provider = id, "ready"),
                Err(error) => {
                    tracing::error!(provider = id, %error, "not ready; people cannot sign in with it")
                }
            }
            // Whoever is no longer needed is not asked for.
            if Arc::strong_count(&provider) == 1 {
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    });
}
