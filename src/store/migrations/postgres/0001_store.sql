-- Times are milliseconds since 1970, ids are 16 bytes that order by time, enums are their names.

CREATE TABLE review_item (
    review_item_id   BYTEA    NOT NULL PRIMARY KEY,
    queue_key        BYTEA    NOT NULL,
    key_hash         BYTEA    NOT NULL,
    page_hash        BYTEA    NOT NULL,
    source           TEXT    NOT NULL,
    page_id          TEXT    NOT NULL,
    content_hash     BYTEA    NOT NULL,
    origin           TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    verdict          TEXT    NOT NULL,
    etag             BIGINT NOT NULL,
    created          BIGINT NOT NULL,
    updated          BIGINT NOT NULL,
    url              TEXT    NOT NULL,
    title            TEXT    NOT NULL,
    language         TEXT    NOT NULL,
    finding_count    BIGINT NOT NULL,
    lease_by         TEXT,
    lease_until      BIGINT NOT NULL,
    decision_id      BYTEA,
    decision         TEXT,
    decided_by       TEXT,
    decided_at       BIGINT,
    ruleset_revision TEXT    NOT NULL,
    policy_revision  TEXT    NOT NULL
);
-- One index for each way in which the queue is listed; all end in queue_key, so that a list reads no more than it
-- shows. That is the id once more: a planner that could walk the primary key in its order would take it for cheap, and
-- walk over everything that was decided.
CREATE INDEX review_item_queue  ON review_item (state, origin, queue_key);
CREATE INDEX review_item_source ON review_item (source, state, origin, queue_key);
-- The same content of a page waits or is decided once, and of one page one content waits.
CREATE UNIQUE INDEX review_item_key  ON review_item (key_hash)  WHERE state IN ('pending', 'decided');
CREATE UNIQUE INDEX review_item_page ON review_item (page_hash) WHERE state = 'pending';
CREATE INDEX review_item_left ON review_item (updated) WHERE state IN ('superseded', 'expired');

-- State, origin, source and queue_key repeat those of the review item, for the indexes.
CREATE TABLE finding (
    review_item_id BYTEA    NOT NULL REFERENCES review_item ON DELETE CASCADE,
    place_in_list  BIGINT NOT NULL,
    finding_index  BIGINT NOT NULL,
    rule_id        TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    place          TEXT    NOT NULL,
    effect         TEXT    NOT NULL,
    confidence     DOUBLE PRECISION    NOT NULL,
    quote          TEXT    NOT NULL,
    quote_hash     BYTEA    NOT NULL,
    judged_right   BIGINT,
    queue_key      BYTEA NOT NULL,
    source         TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    origin         TEXT    NOT NULL,
    first_of_kind  BIGINT NOT NULL,
    first_of_rule  BIGINT NOT NULL,
    first_of_quote BIGINT NOT NULL,
    PRIMARY KEY (review_item_id, place_in_list)
);
CREATE INDEX finding_kind         ON finding (kind, state, origin, queue_key) WHERE first_of_kind = 1;
CREATE INDEX finding_kind_source  ON finding (kind, source, state, origin, queue_key) WHERE first_of_kind = 1;
CREATE INDEX finding_rule         ON finding (rule_id, state, origin, queue_key) WHERE first_of_rule = 1;
CREATE INDEX finding_rule_source  ON finding (rule_id, source, state, origin, queue_key) WHERE first_of_rule = 1;
CREATE INDEX finding_quote        ON finding (rule_id, quote_hash, state, origin, queue_key) WHERE first_of_quote = 1;
CREATE INDEX finding_quote_source ON finding (rule_id, quote_hash, source, state, origin, queue_key) WHERE first_of_quote = 1;

CREATE TABLE review_body (
    review_item_id BYTEA NOT NULL PRIMARY KEY REFERENCES review_item ON DELETE CASCADE,
    page           BYTEA,
    result         BYTEA NOT NULL,
    page_until     BIGINT,
    result_until   BIGINT
);
CREATE INDEX review_body_page   ON review_body (page_until)   WHERE page IS NOT NULL AND page_until IS NOT NULL;
CREATE INDEX review_body_result ON review_body (result_until) WHERE result_until IS NOT NULL;

CREATE TABLE decision (
    seq            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    decision_id    BYTEA    NOT NULL UNIQUE,
    review_item_id BYTEA    NOT NULL,
    source         TEXT    NOT NULL,
    page_id        TEXT    NOT NULL,
    content_hash   BYTEA    NOT NULL,
    decision       TEXT,
    undoes         BYTEA,
    reviewer       TEXT    NOT NULL,
    created        BIGINT NOT NULL,
    note           TEXT    NOT NULL,
    request_id     TEXT    NOT NULL
);
CREATE INDEX decision_item ON decision (review_item_id, seq);
CREATE UNIQUE INDEX decision_request ON decision (request_id, review_item_id) WHERE request_id <> '';
CREATE TABLE judgement (
    decision_id   BYTEA    NOT NULL,
    finding_index BIGINT NOT NULL,
    rule_id       TEXT    NOT NULL,
    judged_right  BIGINT NOT NULL,
    PRIMARY KEY (decision_id, finding_index)
);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only';
END;
$$;
CREATE TRIGGER decision_append_only  BEFORE UPDATE OR DELETE OR TRUNCATE ON decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER judgement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON judgement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE allowance (
    allowance_id BYTEA    NOT NULL PRIMARY KEY,
    source       TEXT    NOT NULL,
    rule_id      TEXT    NOT NULL,
    quote_hash   BYTEA,
    quote        TEXT    NOT NULL,
    decision_id  BYTEA    NOT NULL,
    reviewer     TEXT    NOT NULL,
    created      BIGINT NOT NULL,
    revoked_by   TEXT,
    revoked_at   BIGINT
);
CREATE INDEX allowance_in_force ON allowance (source, rule_id) WHERE revoked_at IS NULL;
CREATE INDEX allowance_decision ON allowance (decision_id);

CREATE TABLE event (
    seq            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created        BIGINT NOT NULL,
    kind           TEXT    NOT NULL,
    review_item_id BYTEA,
    key_hash       BYTEA,
    decision       TEXT
);
CREATE INDEX event_created ON event (created);

-- Sums that would cost a scan: pending review items, decisions in force, allowances.
CREATE TABLE counter (
    name  TEXT    NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
CREATE TABLE rule_count (
    rule_id     TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    hits        BIGINT NOT NULL,
    right_count BIGINT NOT NULL,
    wrong_count BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    PRIMARY KEY (rule_id, source)
);
CREATE INDEX rule_count_source ON rule_count (source, rule_id);
CREATE INDEX rule_count_stale  ON rule_count (updated) WHERE right_count = 0 AND wrong_count = 0;
CREATE TABLE traffic (
    day     BIGINT NOT NULL,
    source  TEXT    NOT NULL,
    verdict TEXT    NOT NULL,
    pages   BIGINT NOT NULL,
    PRIMARY KEY (day, source, verdict)
);

CREATE TABLE answer (
    request_id TEXT    NOT NULL PRIMARY KEY,
    key_hash   BYTEA    NOT NULL,
    answer     BYTEA    NOT NULL,
    created    BIGINT NOT NULL
);
CREATE INDEX answer_created ON answer (created);

CREATE TABLE reject (
    reject_id    BYTEA NOT NULL PRIMARY KEY,
    source       TEXT NOT NULL,
    page_id      TEXT NOT NULL,
    content_hash BYTEA NOT NULL,
    url          TEXT NOT NULL,
    title        TEXT NOT NULL,
    rule_id      TEXT NOT NULL,
    findings     BYTEA NOT NULL,
    body         BYTEA NOT NULL
);
CREATE INDEX reject_source ON reject (source, reject_id);

CREATE TABLE api_key (
    key_id  BYTEA    NOT NULL PRIMARY KEY,
    prefix  TEXT    NOT NULL UNIQUE,
    hash    BYTEA    NOT NULL,
    name    TEXT    NOT NULL,
    scopes  TEXT    NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT,
    revoked BIGINT
);
