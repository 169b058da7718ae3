//! Bytes of a protobuf page → a draft → a page that can be read, or an error with its violations.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagegate::{
    page::{Page, read},
    proto,
};
use prost::Message;

fuzz_target!(|bytes: &[u8]| {
    let Ok(page) = proto::Page::decode(bytes) else { return };
    match Page::try_new(proto::draft(page)) {
        Ok(page) => drop(read(&page)),
        Err(error) => assert!(!error.violations.is_empty()),
    }
});
