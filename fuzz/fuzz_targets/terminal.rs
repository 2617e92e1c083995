//! What reaches `doorstep login`: keys at the terminal, texts that are pasted, and requests at its port.
#![no_main]

use doorstep::cli::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fuzzing::keys(bytes);
    fuzzing::request(bytes);
    if let Ok(text) = str::from_utf8(bytes) {
        fuzzing::paste(text);
    }
});
