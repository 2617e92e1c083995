//! `doorstep brand check`: reads a brand's folder as `doorstep serve` does, then renders every page in
//! every state, brand and language, and looks at what a browser would get.

use std::path::Path;

use crate::cli::{Failure, output};
use crate::pages::brand::{Brand, Brands, Colours};
use crate::pages::{Looks, faults_of, gallery};

/// Runs the command.
///
/// # Errors
/// Everything that is wrong, a line each.
pub fn run(folder: &Path) -> Result<(), Failure> {
    let brands = super::read(folder)?;
    for livery in &brands.all {
        tell_about_accent(&livery.brand)?;
    }
    let languages: Vec<_> = brands.all[0].languages.tags().map(str::to_owned).collect();
    let count = brands.all.len();
    let faults = faults(brands);
    if !faults.is_empty() {
        return Err(Failure::new(faults.join("\n")));
    }
    output::line(format!(
        "{} is in order: {count} {}, {}.",
        folder.display(),
        if count == 1 { "brand" } else { "brands" },
        languages.join(", ")
    ))
}

/// The accent is the one colour that is not taken as it is.
fn tell_about_accent(brand: &Brand) -> Result<(), Failure> {
    let times = [("day", Colours::day(&brand.light)), ("night", Colours::night(&brand.dark))];
    for (time, colours) in times {
        let used = colours.accent(brand.accent);
        if used != brand.accent && brand.accent != Brand::default().accent {
            let accent = brand.accent;
            output::line(format!("{}: by {time} accent {accent} is used as {used}", brand.name))?;
        }
    }
    Ok(())
}

/// Everything that is wrong with the pages of these brands.
pub fn faults(brands: Brands) -> Vec<String> {
    let clients: Vec<Option<String>> =
        brands.all.iter().map(|livery| livery.brand.clients.first().cloned()).collect();
    let tags: Vec<String> = brands.all[0].languages.tags().map(str::to_owned).collect();
    let looks = Looks::new(brands, "");
    let mut faults = Vec::new();
    for client_id in &clients {
        for tag in &tags {
            let frame = looks.frame(client_id.as_deref(), [tag.as_str()]);
            for sample in gallery(&frame) {
                let name = &frame.brand.name;
                faults.extend(faults_of(&sample).into_iter().map(|fault| {
                    format!("{name}, {tag}, {} {}: {fault}", sample.page, sample.state)
                }));
            }
        }
    }
    faults
}
