//! What an OpenID provider has to do, point by point, as a relying party meets it: over https with a
//! certificate of its own, on both engines, at the root of a host and at a path.
//!
//! Nothing here takes Doorstep's word: requests are made by hand, answers are read by other libraries, and
//! every URL comes from discovery. [`points`] holds a test for each promise, [`plans`] what the OpenID
//! Foundation's conformance suite checks, module by module, and [`truth`] walks the discovery document.

#[path = "../support/mod.rs"]
mod support;

#[macro_use]
mod place;
mod kit;

mod plans;
mod points;
mod table;
mod truth;
