//! What a person types is one of our codes or not; if it is, there is one spelling of it.
#![no_main]

use doorstep::protocol::code::Code;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| match Code::parse(typed) {
    Ok(code) => {
        for spelling in [code.expose(), &code.grouped(), &code.grouped().to_lowercase()] {
            assert_eq!(Code::parse(spelling).expect("the same code").expose(), code.expose());
        }
        // One wrong symbol never makes another code.
        for (at, symbol) in code.expose().char_indices().skip(2) {
            let other = if symbol == 'A' { "B" } else { "A" };
            let mut wrong = code.expose().to_owned();
            wrong.replace_range(at..=at, other);
            assert!(Code::parse(&wrong).is_err(), "{wrong}");
        }
    }
    Err(fault) => assert!(!fault.to_string().is_empty()),
});
