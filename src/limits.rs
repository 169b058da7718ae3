//! Every bound the service enforces, each with its reason.
//!
//! A bound on what a caller sends is an error that names the value and the limit. A bound on what is
//! done with a page that was taken is a [`Failure`](crate::finding::Failure): the page is then held
//! for a person, because what could not be checked is never clean.

use std::time::Duration;

/// Bytes of one page, all its text together: four times the largest article page of 1,137 captured
/// ones, and what gRPC users know as the default message size.
pub const PAGE_BYTES: usize = 4 << 20;
/// Bytes of one gRPC message: room for a page at its limit with headers, and for batches.
pub const MESSAGE_BYTES: usize = 16 << 20;
/// Pages of one batch.
pub const BATCH_PAGES: usize = 100;
/// Rule ids named in one request to explain.
pub const RULE_IDS: usize = 100;
/// Rules in one answer to a list; more are asked for page by page.
pub const LISTED_RULES: usize = 1_000;
/// Bytes of a page token: ours have less than 200.
pub const PAGE_TOKEN_BYTES: usize = 512;
/// Memory that is counted for a call, for each byte received: what reading, folding, checking and
/// answering a page take at most.
pub const MEMORY_PER_BYTE: usize = 6;
/// Memory that is counted for a call however small it is: its headers, its buffers, its answer.
pub const CALL_BYTES: usize = 32 << 10;
/// Calls that wait for each worker, from which new calls are refused before their message is read; at about
/// 2 ms a page this is a fifteenth of a second, beyond which an answer "try again" is worth more than the wait. More
/// would only let their pages grow cold in the processor's cache.
pub const WAITING_CALLS_PER_WORKER: usize = 32;
/// Calls that wait for each worker at most: those whose message was being read when the line above was reached
/// are still taken, for the work of reading them is done.
pub const MOST_WAITING_CALLS_PER_WORKER: usize = 2 * WAITING_CALLS_PER_WORKER;
/// Bytes of one message of a stream or batch up to which its page is checked on the thread that serves its connection:
/// some 0.1 ms of work, and 4 ms of the worst that hostile texts make of it.
pub const CHECKED_HERE_BYTES: usize = 8 << 10;
/// Such pages that wait there for each worker; further ones go to the workers. So many may stand before what else has
/// arrived: about 2 ms of work, 60 ms of the worst.
pub const PAGES_HERE_PER_WORKER: usize = 16;
/// Streams open on the whole server: each may hold one message that is being received.
pub const OPEN_STREAMS: usize = 64;
/// Time in which the rest of a refused message is read and thrown away.
pub const DISCARD_TIME: Duration = Duration::from_secs(1);
/// Connections open on the whole server; further ones wait to be accepted.
pub const CONNECTIONS: usize = 4_096;
/// Connections that the system keeps for each listener until they are accepted; more are refused, or tried again by
/// their senders. What servers ask for by habit, and a quarter of what they may have open.
pub const LISTEN_BACKLOG: u32 = 1_024;
/// Bytes of one HTTP/2 frame: a page comes in one or two, not in ten, and a connection buffers no more.
pub const FRAME_BYTES: u32 = 64 << 10;
/// Bytes of all headers of one call, as in Envoy's and nginx's order of size.
pub const CALL_HEADER_BYTES: u32 = 16 << 10;
/// Streams that a peer may reset before they are accepted. h2's 20 cuts off a crawler that cancels calls
/// in bulk; the bound that matters for a reset flood is that there is one.
pub const PENDING_RESETS: usize = 200;
/// Bytes of one answer: more than a client with raised limits commonly takes is no use.
pub const ANSWER_BYTES: usize = 2 * MESSAGE_BYTES;
/// Bytes of a page id or an item id; ids are kept and echoed.
pub const ID_BYTES: usize = 1024;
/// Bytes of a source key: the longest host name.
pub const SOURCE_BYTES: usize = 255;
/// Bytes of a URL: what servers and browsers commonly take.
pub const URL_BYTES: usize = 8192;
/// Bytes of a language tag; the longest registered one has 29.
pub const LANGUAGE_BYTES: usize = 64;
/// Bytes of a request id: a UUID with room to spare.
pub const REQUEST_ID_BYTES: usize = 64;
/// Headers of one page; servers cut off at 100 or so.
pub const HEADERS: usize = 256;
/// Bytes of all header names and values together.
pub const HEADER_BYTES: usize = 64 << 10;
/// Bytes of a title that the caller sends beside the content.
pub const TITLE_BYTES: usize = 16 << 10;

/// Items of one page. The largest captured page has about 6,000.
pub const ITEMS: usize = 20_000;
/// Block elements kept of one HTML page; those beyond count as part of their parent.
pub const ELEMENTS: usize = 60_000;
/// Depth of open elements, as in Blink, `WebKit` and Gecko; those deeper count as part of the 512th.
pub const DEPTH: usize = 512;
/// Open elements among which an end tag looks for its own: honest ones find it within a few, and 4 MiB
/// of end tags without a start tag would walk all of the stack each.
pub const END_TAG_REACH: usize = 64;
/// Attributes read of one tag; those beyond are passed over.
pub const ATTRIBUTES: usize = 64;
/// Bytes kept of one attribute value.
pub const ATTRIBUTE_BYTES: usize = 16 << 10;
/// Texts of one page that people do not see and rules look at: comments, alternative texts, hidden words.
/// As many as items.
pub const UNSEEN: usize = ITEMS;
/// Scripts, handlers, frames and the like that are kept of one page.
pub const ACTIVE: usize = 1_000;
/// Bytes of one JSON-LD script that is parsed.
pub const JSON_LD_BYTES: usize = 256 << 10;
/// JSON-LD scripts that are parsed on one page.
pub const JSON_LD_SCRIPTS: usize = 16;
/// JSON-LD objects looked at on one page, nested ones included.
pub const JSON_LD_NODES: usize = 256;
/// Images listed in the facts.
pub const IMAGES: usize = 16;
/// Combining marks folded with one base character: the bound of Stream-Safe Text (UAX #15), so that
/// a flood of marks costs no sort of the whole flood.
pub const COMBINING_MARKS: usize = 30;
/// Bytes of the remaining markup that the sanitizer's tree builder sees; of more, the cleaned HTML is one
/// paragraph for each item. Hostile markup takes it 0.3 s a mebibyte, main texts have a tenth of this.
pub const SANITIZED_BYTES: usize = 512 << 10;
/// Bytes of remaining markup times its `&` and U+0080 to U+00BF: the sanitizer looks for the next tag
/// at each of them, 20 GB/s.
pub const SANITIZED_STEPS: usize = 2 << 30;
/// Start tags times formatting elements that a block's end leaves open: a tree builder opens them all
/// again in each block, so 4 MiB of markup could become 100 million elements.
pub const REOPENED: usize = 1 << 18;

/// Bytes of one rule file.
pub const RULE_FILE_BYTES: u64 = 64 << 10;
/// Rules of one set.
pub const RULES: usize = 20_000;
/// Bytes of one pattern as written, and of one after its slots are filled in.
pub const PATTERN_BYTES: usize = 4 << 10;
/// Bytes of one pattern after its slots are filled in.
pub const EXPANDED_PATTERN_BYTES: usize = 64 << 10;
/// Bytes that one compiled pattern may take; `(\w{1,100}){1,100}` and the like are refused.
pub const COMPILED_PATTERN_BYTES: usize = 4 << 20;
/// Words one of which a sign needs; one that needs one of more is looked for without.
pub const NEEDED_WORDS: usize = 1_000;
/// Parts of a pattern, one behind the other, that make one of those words; a pattern may have thousands.
pub const NEEDED_PARTS: usize = 8;
/// Phrases of one slot.
pub const SLOT_PHRASES: usize = 2_000;
/// Signs of one rule.
pub const RULE_SIGNS: usize = 32;
/// Nesting of groups in a pattern.
pub const PATTERN_NESTING: u32 = 64;
/// Matches of one rule that are looked at in one item: finding all matches is quadratic in the worst
/// case even with a linear-time engine.
pub const MATCHES_PER_ITEM: usize = 8;
/// Bytes round a keyword that a rule's pattern sees of a long item.
pub const PATTERN_WINDOW_BYTES: usize = 4 << 10;
/// Bytes that two parts of a long text have in common, so that no match is cut.
pub const PATTERN_OVERLAP_BYTES: usize = 1 << 10;
/// Bytes of an item up to which a rule's pattern sees all of it.
pub const WHOLE_ITEM_BYTES: usize = 16 << 10;
/// Bytes that all patterns together may scan on one page, beyond 8 times its size.
pub const PATTERN_STEPS: usize = 16 << 20;
/// Bytes of markup, from its start and its end each, that rules on `markup` see.
pub const MARKUP_BYTES: usize = 128 << 10;

/// Findings in one answer; only notes are dropped to keep it.
pub const FINDINGS: usize = 200;
/// Bytes of the source that are searched for author and date where the head names none.
pub const FACT_BYTES: usize = 1 << 20;
/// Blocks of furniture of a page that are told apart by their place; beyond, there is one for each kind. Half of
/// the findings of an answer: pages with more have long lists of links.
pub const OUTSIDE_BLOCKS: usize = 100;
/// Findings one detector may add on one page before it is a failure.
pub const FINDINGS_PER_DETECTOR: usize = 2_000;
/// Bytes of a finding's quote.
pub const QUOTE_BYTES: usize = 200;
/// Bytes of damaged text of one page that are repaired: by then it is known to be damaged.
pub const DAMAGED_BYTES: usize = 256 << 10;
/// Bytes of main text that a headline or a paragraph is compared with, and of such a paragraph: what it speaks of is named
/// before that.
pub const KINSHIP_BYTES: usize = 64 << 10;
/// Traces of rules in one explanation.
pub const TRACES: usize = 2_000;
/// Characters of a page that could not be decoded; what has more is no text.
pub const REPLACEMENTS: usize = 64 << 10;
/// Rounds of cutting and reading again.
pub const CLEAN_ROUNDS: usize = 4;
/// Bytes of cleaned text up to which it is read again: some 80,000 words, which no article has.
pub const SETTLED_BYTES: usize = 512 << 10;

/// Bytes of a configuration or policy file.
pub const CONFIG_BYTES: u64 = 1 << 20;
/// Threads of one server: beyond any machine, so that a slip is refused.
pub const WORKERS: usize = 1024;
/// Least memory for what is in flight: half of it is for calls, and there the largest message must fit with
/// [`MEMORY_PER_BYTE`], or a page within the limits would be told to try again for ever.
pub const LEAST_BYTES_IN_FLIGHT: usize = 200 << 20;
const _: () = assert!(LEAST_BYTES_IN_FLIGHT / 2 >= CALL_BYTES + MESSAGE_BYTES * MEMORY_PER_BYTE);
/// Memory for what is in flight where nothing is configured.
pub const DEFAULT_BYTES_IN_FLIGHT: usize = 256 << 20;
/// Most memory for what is in flight that can be asked for: beyond any machine.
pub const BYTES_IN_FLIGHT: usize = 1 << 40;
/// Least timeout that can be asked for: a slower network than that is common.
pub const TIMEOUT_LEAST: Duration = Duration::from_millis(10);
/// Most timeout that can be asked for: what waits longer is forgotten, not waited for.
pub const TIMEOUT: Duration = Duration::from_hours(1);
/// Most age of a connection that can be asked for.
pub const CONNECTION_AGE: Duration = Duration::from_hours(24);
/// Most time to drain: service managers kill what takes longer.
pub const DRAIN: Duration = Duration::from_mins(10);
/// Most calls at a time on one connection; HTTP/2 servers commonly allow 100 to 1,000.
pub const CONNECTION_CALLS: usize = 65_536;
/// Most pages in flight of one streaming call; more only wait, as there are fewer workers.
pub const STREAM_WINDOW: usize = 1024;
/// Pages that `check` holds for each of its threads: enough that none waits while another has a long page.
pub const INPUTS_PER_JOB: usize = 4;
/// Threads of one `check` that can be asked for.
pub const JOBS: i64 = 1024;
/// Bytes of one line of JSONL input: a page at its limit, each byte escaped.
pub const JSONL_LINE_BYTES: usize = 6 * PAGE_BYTES + (1 << 20);

/// Bytes of a review item's title in the store: what a list shows. The page has all of it.
pub const FILED_TITLE_BYTES: usize = 1024;
/// Findings of a review item that lists can be filtered by: each is a row in several indexes, and the result has
/// all of them.
pub const FILED_FINDINGS: usize = 64;
/// Rules or kinds that one filter of the queue names: each is a search of its own.
pub const FILTER_VALUES: usize = 20;
/// Rows of one answer to a list of the store.
pub const LISTED_ITEMS: usize = 100;
/// Review items up to which those that match are counted; beyond, "at least so many" is as good to know.
pub const COUNTED_ITEMS: u64 = 10_000;
/// Review items decided by one bulk call: some seconds, after which the caller wants to hear something.
pub const BULK_ITEMS: usize = 1_000;
/// Review items decided in one transaction of a bulk call: others wait for so many at most.
pub const BULK_CHUNK: usize = 100;
/// Findings of one decision that are judged.
pub const JUDGEMENTS: usize = FINDINGS;
/// Allowances made with one decision.
pub const ALLOWANCES_PER_DECISION: usize = 20;
/// Allowances in force: the door holds them in memory and looks at those of the source of each page.
pub const ALLOWANCES: u64 = 10_000;
/// Bytes of a note on a decision.
pub const NOTE_BYTES: usize = 4 << 10;
/// Bytes of a reviewer's name.
pub const REVIEWER_BYTES: usize = 256;
/// Bytes of a page as sent or of a result, encoded: a page at its limit with headers and findings.
pub const BODY_BYTES: usize = MESSAGE_BYTES;
/// Bytes of an answer kept for a repeated request.
pub const STORED_ANSWER_BYTES: usize = ANSWER_BYTES;
/// Rejected pages recorded in one call.
pub const REJECT_BATCH: usize = 100;
/// Bytes of a rejected page's text that are kept: enough to see what it was.
pub const REJECT_TEXT_BYTES: usize = 64 << 10;
/// Rejected pages kept at most; at a few KiB each this is some GiB.
pub const REJECTS: u64 = 1_000_000;
/// API keys, revoked ones too.
pub const API_KEYS: usize = 1_000;
/// Longest lease of a review item: a working day.
pub const LEASE: Duration = Duration::from_hours(12);
/// Connections to the store that can be asked for; PostgreSQL has 100 by default, for all.
pub const STORE_CONNECTIONS: usize = 100;
/// Most pages that may wait that can be asked for: nobody decides more.
pub const QUEUE_LIMIT: usize = 10_000_000;
/// Least share of pages that can be drawn as a sample, as one in so many.
pub const SAMPLED_ONE_IN: usize = 1_000_000_000;
/// Decided pages whose hashes are kept in memory, some 50 MiB; with more, each page is looked up.
pub const DECIDED_IN_MEMORY: usize = 1_000_000;
/// Pages that wait whose hashes are kept in memory, some 20 MiB: more than a queue may hold.
pub const WAITING_IN_MEMORY: usize = 1_000_000;
/// How often a replica asks what happened on others.
pub const EVENT_POLL: Duration = Duration::from_millis(250);
/// How often what is past its time is removed.
pub const PURGE_EVERY: Duration = Duration::from_mins(10);
/// How often counts of checked pages are written.
pub const TRAFFIC_REPORT: Duration = Duration::from_secs(5);
/// Rejected pages and samples that wait to be written; nobody waits for them, so more are lost and counted.
pub const RECORDS: usize = 1_024;
/// KiB of them.
pub const RECORD_KIB: usize = 64 << 10;
/// Items or records in an answer where the caller names no number.
pub const DEFAULT_LISTED: usize = 50;
/// Days of traffic that can be asked for: a year and a day.
pub const TRAFFIC_DAYS: u32 = 366;
/// Lease of a review item where the caller names no time: longer than one page takes.
pub const DEFAULT_LEASE: Duration = Duration::from_mins(10);
/// Pages that may wait for a decision, unless configured: what ten people decide in two weeks.
pub const QUEUE: u64 = 200_000;
/// Chunks of a list that a reviewer's next item is looked for in: of as many items as that people work on 10,000.
pub const CLAIM_STEPS: usize = 100;
/// Sources in one answer.
pub const LISTED_SOURCES: usize = 1_000;
/// Rows removed of each sort in one transaction of a purge: others wait for so many at most.
pub const PURGE_CHUNK: usize = 500;
/// How long a page as sent is kept after its review item left the queue.
pub const PAGE_KEPT: Duration = Duration::from_hours(7 * 24);
/// How long the result as judged, with the cleaned text, is kept after its review item left the queue.
pub const RESULT_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long a review item is kept that was superseded or expired.
pub const LEFT_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long a sample waits for someone to look at it.
pub const SAMPLE_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long a rejected page is kept.
pub const REJECT_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long an answer is kept for a repeated request.
pub const ANSWERS_KEPT: Duration = Duration::from_hours(24);
/// How long events are kept: a replica or a watcher that was away longer begins anew.
pub const EVENTS_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long counts of days are kept: a year and a month, to compare.
pub const TRAFFIC_KEPT: Duration = Duration::from_hours(400 * 24);
/// Writes that wait for the store: some seconds' worth, after which "try again" is the better answer.
pub const STORE_WRITES: usize = 1_024;
/// Writes made in one transaction of SQLite: a few milliseconds' worth.
pub const STORE_GROUP: usize = 64;
/// Time that a statement of SQLite waits for another process that writes.
pub const STORE_BUSY: Duration = Duration::from_secs(5);
/// Time that a call waits for a free connection.
pub const STORE_ACQUIRE: Duration = Duration::from_secs(5);
/// Bytes of a request id in the store: that of the caller, with the key it was sent under.
pub const STORED_REQUEST_ID_BYTES: usize = 2 * REQUEST_ID_BYTES;
/// Hashes of decided pages in one answer: under a MiB.
pub const DECIDED_KEYS: usize = 10_000;
/// Decided pages in one answer to an export: each may have a page at its limit.
pub const EXPORTED_PAGES: usize = 20;
/// Events in one answer.
pub const LISTED_EVENTS: usize = 1_000;
/// Rows of one report on traffic: what the door has counted since the last.
pub const TRAFFIC_ROWS: usize = 10_000;
/// Time that a caller waits for PostgreSQL. What was begun goes on.
pub const STORE_PATIENCE: Duration = Duration::from_secs(15);
/// Time after which a connection that says nothing is given up: longer than its own timeouts.
pub const STORE_HARD: Duration = Duration::from_secs(30);
/// Time within which a call that lost its connection, or met another, is made again.
pub const STORE_RETRY: Duration = Duration::from_secs(2);
/// Pause before the first such time; each further one is twice as long.
pub const STORE_PAUSE: Duration = Duration::from_millis(20);
/// Age of a connection, after which a new one is made: what a server keeps for it must not grow without end.
pub const STORE_CONNECTION_AGE: Duration = Duration::from_mins(30);
/// Time that a start waits for another replica that brings the tables up to date.
pub const STORE_MIGRATION: Duration = Duration::from_mins(1);
/// Bytes of one message up to which it is read on the thread that serves its connection: some 0.1 ms of work.
pub const LIGHT_BYTES: usize = 64 << 10;
/// Bytes that an HTTP/1.1 connection buffers: its headers must fit.
pub const HTTP_BUFFER_BYTES: usize = 64 << 10;
/// Headers of one HTTP/1.1 call.
pub const HTTP_HEADERS: usize = 100;
/// Characters of a caller's own words that a message about them brings back.
pub const QUOTED_CHARACTERS: usize = 300;
/// Time for which what the store said of an API key is believed: a revoked key is refused after it.
pub const KEY_KNOWN: Duration = Duration::from_secs(1);
/// API keys that are known at a time; of more, each call asks the store.
pub const KEYS_KNOWN: usize = 1_024;
/// Questions for API keys that the store is asked at a time; further ones wait.
pub const KEY_QUESTIONS: usize = 8;
/// Time for which a person is signed in: a working day, after which the key is shown again.
pub const SESSION: Duration = Duration::from_hours(12);
/// Sessions of one API key: a team that shares one, each with two browsers.
pub const SESSIONS_PER_KEY: usize = 32;
/// How often the length of the queue is recorded.
pub const LEVEL_EVERY: Duration = Duration::from_mins(10);
/// Levels of the queue in one answer: a week and a day of them, more than a picture on a screen has room for.
pub const LISTED_LEVELS: usize = 1_200;
/// Hours for which the work of reviewers is told by the hour.
pub const HISTORY_HOURS: u32 = 48;
/// Saved filters: what waits for each is counted whenever they are listed.
pub const SAVED_FILTERS: usize = 50;
/// Bytes of the name of a saved filter: a line in a list.
pub const FILTER_NAME_BYTES: usize = 100;
/// Bytes of a saved filter, encoded: [`FILTER_VALUES`] rules with long names, a source, a quote.
pub const SAVED_FILTER_BYTES: usize = 8 << 10;
/// Bytes of a form of the pages: a page at its limit, with every byte escaped, and the fields beside it.
pub const FORM_BYTES: usize = 3 * PAGE_BYTES + (64 << 10);
/// Items of a page that its review shows as text; beyond, only those that findings are about, and the source view has
/// all: a browser lays out so many in a moment.
pub const SHOWN_ITEMS: usize = 2_000;
/// Bytes of text of a page that its review shows.
pub const SHOWN_BYTES: usize = 256 << 10;
/// Bytes of what was sent that the source view shows at a time.
pub const SOURCE_WINDOW_BYTES: usize = 64 << 10;
/// Fields of what was sent that the source view offers: ready items may be 20,000.
pub const SHOWN_FIELDS: usize = 300;
/// How long the pages tell what was done last, with a way to take it back.
pub const FLASH: Duration = Duration::from_secs(10);
