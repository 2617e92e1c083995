//! `doorstep brand`: makes a brand's folder, checks it as strictly as pages need, and shows every page in
//! every state, language and theme before anybody else sees it.

mod check;
mod preview;

use std::fs;
use std::path::{Path, PathBuf};

use super::{Failure, output};
use crate::pages::brand::{BadBrand, Brands};

/// What a new folder begins with.
const START: [(&str, &str); 3] = [
    ("brand.toml", include_str!("brand/start/brand.toml")),
    ("override.css", include_str!("brand/start/override.css")),
    ("messages/en.toml", include_str!("brand/start/messages.toml")),
];

/// Arguments of `doorstep brand`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Make a folder with everything that a brand can say, ready to be changed
    Init(Folder),
    /// Find what is wrong with a brand: exit code 1 if anything is
    Check(Folder),
    /// Show every page in every state, language and theme in a browser
    Preview(preview::Args),
}

#[derive(clap::Args, Debug)]
struct Folder {
    /// The brand's folder
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When the folder cannot be made, or the brand cannot be used.
pub async fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Init(Folder { folder }) => init(&folder),
        Command::Check(Folder { folder }) => check::run(&folder),
        Command::Preview(args) => preview::run(args).await,
    }
}

/// Writes the files of a new brand, and never over one that is there.
fn init(folder: &Path) -> Result<(), Failure> {
    let cannot = |file: &Path, error: std::io::Error| {
        Failure::new(format!("{} cannot be written: {error}", file.display()))
    };
    let files = START.map(|(name, text)| (folder.join(name), text));
    if let Some((there, _)) = files.iter().find(|(file, _)| file.exists()) {
        return Err(Failure::new(format!("{} is there already", there.display())));
    }
    for (file, text) in &files {
        let place = file.parent().unwrap_or(folder);
        fs::create_dir_all(place).map_err(|error| cannot(place, error))?;
        fs::write(file, text).map_err(|error| cannot(file, error))?;
    }
    let folder = folder.display();
    output::line(format!(
        "{folder} is made. Look at it with:\n\n  doorstep brand preview {folder}\n\n\
         Change its files meanwhile; the pages follow. Then name it in doorstep.toml:\n\n  \
         brand_folder = \"{folder}\"\n"
    ))
}

impl From<BadBrand> for Failure {
    fn from(bad: BadBrand) -> Self {
        Self::new(bad.to_string())
    }
}

fn read(folder: &Path) -> Result<Brands, Failure> {
    Ok(Brands::read(folder)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_folder_is_a_brand_and_changes_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("acme");
        init(&folder).unwrap();
        let brands = Brands::read(&folder).unwrap();
        assert_eq!(brands.all[0].brand.name, "Acme");
        assert!(check::faults(brands).is_empty());
        assert!(init(&folder).unwrap_err().message.ends_with("brand.toml is there already"));
    }

    /// What `brand.toml` shows as a comment can be used as it stands there.
    #[test]
    fn every_key_that_is_shown_exists() {
        let shown: String = START[0]
            .1
            .lines()
            .map(|line| {
                line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line)
            })
            .filter(|line| {
                !line.contains(".svg\"") && !line.contains(".ico\"") && !line.contains(".webp\"")
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("brand.toml"), &shown).unwrap();
        let brand = Brands::read(place.path()).unwrap_or_else(|bad| panic!("{bad}\n{shown}"));
        let brand = &brand.all[0].brand;
        assert!(brand.notice.is_some() && brand.legal_text.is_some() && !brand.links.is_empty());
        assert!(brand.light.text.is_some() && brand.dark.text.is_some());
    }
}
