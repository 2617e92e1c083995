//! Where a test runs: everywhere.

use doorstep::store::Db;
use tempfile::TempDir;

use crate::kit::provider::Provider;
use crate::support::postgres;
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
            setup.db = Some(self.engine.store().await);
        }
        Provider::start(setup).await
    }

    /// An empty store here that can be read as it lies on the disk.
    pub async fn store_on_disk(self) -> (Db, OnDisk) {
        let (url, on_disk) = match self.engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite:{}", folder.path().join("test.db").display());
                (url, OnDisk::Files(folder))
            }
            Engine::Postgres => {
                let url = postgres::fresh_database();
                (url.clone(), OnDisk::Database(url))
            }
        };
        (Db::connect(&url, 4).await.expect("a store"), on_disk)
    }
}

/// A store as it lies on the disk.
#[derive(Debug)]
pub enum OnDisk {
    /// SQLite's files.
    Files(TempDir),
    /// The URL of a PostgreSQL database.
    Database(String),
}

impl OnDisk {
    /// All that is in it.
    pub fn text(&self) -> String {
        match self {
            Self::Files(folder) => {
                let files = std::fs::read_dir(folder).expect("a folder").map(|file| {
                    let bytes = std::fs::read(file.expect("a file").path()).expect("its bytes");
                    String::from_utf8_lossy(&bytes).into_owned()
                });
                files.collect()
            }
            Self::Database(url) => postgres::dump(url),
        }
    }
}
