//! What all pages of an issuer are made with, in whatever brand and language. A brand that comes from a
//! folder is read again when a file in it changes; one that cannot be used changes nothing.

mod watch;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use super::brand::{Brand, Brands, Livery, Picture};
use super::{Assets, Frame, Languages, Messages};

/// The looks of an issuer's pages. Clones share them, and see when they change.
#[derive(Clone, Debug)]
pub struct Looks {
    base: Arc<str>,
    shown: Arc<RwLock<Arc<Wardrobe>>>,
}

/// Everything that pages can wear at one time.
#[derive(Debug)]
struct Wardrobe {
    brands: Brands,
    outfits: Vec<Outfits>,
    pictures: HashMap<String, Picture>,
}

/// A brand in every language.
#[derive(Debug)]
struct Outfits {
    languages: Languages,
    plain: Outfit,
    translated: HashMap<String, Outfit>,
}

#[derive(Clone, Debug)]
struct Outfit {
    brand: Arc<Brand>,
    assets: Arc<Assets>,
}

impl Looks {
    /// Prepares what pages share. `base` is the path of the issuer's URL.
    pub fn new(brands: impl Into<Brands>, base: &str) -> Self {
        let wardrobe = Wardrobe::new(brands.into(), base);
        Self { base: base.into(), shown: Arc::new(RwLock::new(wardrobe.into())) }
    }

    fn shown(&self) -> Arc<Wardrobe> {
        self.shown.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// From now on, pages look like this.
    fn change(&self, brands: Brands) {
        let wardrobe = Arc::new(Wardrobe::new(brands, &self.base));
        *self.shown.write().unwrap_or_else(std::sync::PoisonError::into_inner) = wardrobe;
    }

    /// The frame of a page for this program, if one is known, in the first of these languages that there
    /// is.
    pub fn frame<'a>(
        &self,
        client_id: Option<&str>,
        wanted: impl IntoIterator<Item = &'a str>,
    ) -> Frame {
        let shown = self.shown();
        let outfits = shown.outfits_for(client_id);
        outfits.frame(outfits.languages.choose(wanted), &self.base)
    }

    /// Whose pages these are.
    pub fn brand(&self) -> Arc<Brand> {
        self.shown().outfits[0].plain.brand.clone()
    }

    /// The languages that there are.
    pub fn languages(&self) -> Languages {
        self.shown().outfits[0].languages.clone()
    }

    /// The programs that have a brand of their own.
    pub fn clients(&self) -> Vec<String> {
        self.shown().brands.all.iter().flat_map(|livery| livery.brand.clients.clone()).collect()
    }

    /// The picture of this name.
    pub fn picture(&self, name: &str) -> Option<Picture> {
        self.shown().pictures.get(name).cloned()
    }
}

impl Wardrobe {
    fn new(brands: Brands, base: &str) -> Self {
        let every = || {
            brands
                .all
                .iter()
                .flat_map(|livery| std::iter::once(&livery.brand).chain(livery.translated.values()))
        };
        Self {
            outfits: brands.all.iter().map(|livery| Outfits::new(livery, base)).collect(),
            pictures: every()
                .flat_map(Brand::pictures)
                .map(|picture| (picture.name(), picture.clone()))
                .collect(),
            brands,
        }
    }

    fn outfits_for(&self, client_id: Option<&str>) -> &Outfits {
        let is_for = |livery: &Livery| {
            client_id.is_some_and(|id| livery.brand.clients.iter().any(|client| client == id))
        };
        &self.outfits[self.brands.all.iter().position(is_for).unwrap_or(0)]
    }
}

impl Outfits {
    fn new(livery: &Livery, base: &str) -> Self {
        let outfit = |brand: &Brand| Outfit {
            assets: Assets::new(brand, base).into(),
            brand: brand.clone().into(),
        };
        Self {
            languages: livery.languages.clone(),
            plain: outfit(&livery.brand),
            translated: livery
                .translated
                .iter()
                .map(|(tag, brand)| (tag.clone(), outfit(brand)))
                .collect(),
        }
    }

    fn frame(&self, messages: &Arc<Messages>, base: &Arc<str>) -> Frame {
        let Outfit { brand, assets } =
            self.translated.get(messages.lang()).unwrap_or(&self.plain).clone();
        Frame { brand, messages: messages.clone(), base: base.clone(), assets }
    }
}
