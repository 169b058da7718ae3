//! Bytes of a protobuf page → a page with an answer that holds and can be sent, or an error with its violations.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagegate::{page::Page, proto};
use pagegate_fuzz::checked;
use prost::Message;

fuzz_target!(|bytes: &[u8]| {
    let Ok(page) = proto::Page::decode(bytes) else { return };
    match Page::try_new(proto::draft(page)) {
        Ok(page) => {
            let message = proto::result(&page, checked(&page));
            assert_eq!(proto::CheckResult::decode(&*message.encode_to_vec()), Ok(message));
            let again = Page::try_new(proto::draft(proto::page(&page, None)));
            assert_eq!(again.as_ref(), Ok(&page), "what is kept of a page is another page");
        }
        Err(error) => assert!(!error.violations.is_empty()),
    }
});
