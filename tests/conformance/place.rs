//! Where a test runs: everywhere.

use doorstep::store::Db;

use crate::kit::provider::Provider;
use crate::support::server::{Engine, Setup};

/// Runs each test on both engines, with the issuer at the root and at a path. A test that is not in the
/// list is dead code, which the lints refuse.
macro_rules! everywhere {
    ($($test:ident),* $(,)?) => { $(
        mod $test {
            use crate::place::Place;

            #[actix_web::test]
            async fn at_root_on_sqlite() {
                super::$test(Place::ROOT_ON_SQLITE).await;
            }

            #[actix_web::test]
            async fn at_path_on_sqlite() {
                super::$test(Place::PATH_ON_SQLITE).await;
            }

            #[actix_web::test]
            async fn at_root_on_postgres() {
                super::$test(Place::ROOT_ON_POSTGRES).await;
            }

            #[actix_web::test]
            async fn at_path_on_postgres() {
                super::$test(Place::PATH_ON_POSTGRES).await;
            }
        }
    )* };
}

/// A place for an issuer.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    engine: Engine,
    path: &'static str,
}

impl Place {
    pub const ROOT_ON_SQLITE: Self = Self { engine: Engine::Sqlite, path: "" };
    pub const PATH_ON_SQLITE: Self = Self { engine: Engine::Sqlite, path: "/oidc" };
    pub const ROOT_ON_POSTGRES: Self = Self { engine: Engine::Postgres, path: "" };
    pub const PATH_ON_POSTGRES: Self = Self { engine: Engine::Postgres, path: "/oidc" };

    /// An issuer here, with the usual clients.
    pub async fn start(self) -> Provider {
        self.start_with(|_| ()).await
    }

    /// An issuer here that is made in another way than usual.
    pub async fn start_with(self, change: impl FnOnce(&mut Setup)) -> Provider {
        let mut setup = Setup { path: self.path, https: true, ..Setup::default() };
        change(&mut setup);
        if setup.db.is_none() {
            setup.db = Some(self.store().await);
        }
        Provider::start(setup).await
    }

    /// An empty store of the engine here.
    pub async fn store(self) -> Db {
        self.engine.store().await
    }
}
