-- What the review pages ask for: who is signed in, sums by hour and day, filters with a name.

-- Who is signed in. Of a token there is its hash alone.
CREATE TABLE session (
    token_hash BYTEA   NOT NULL PRIMARY KEY,
    key_id     BYTEA   NOT NULL REFERENCES api_key,
    created    BIGINT NOT NULL,
    expires    BIGINT NOT NULL
);
CREATE INDEX session_key     ON session (key_id, created);
CREATE INDEX session_expires ON session (expires);

-- Entries of the audit by hours since 1970: decisions by their names, 'undone', 'skipped'. An entry that neither
-- decides nor undoes is of a reviewer who looked and did not decide.
CREATE TABLE decision_hour (
    hour    BIGINT NOT NULL,
    kind    TEXT    NOT NULL,
    entries BIGINT NOT NULL,
    PRIMARY KEY (hour, kind)
);
INSERT INTO decision_hour (hour, kind, entries)
    SELECT created / 3600000, COALESCE(decision, 'undone'), COUNT(*) FROM decision GROUP BY 1, 2;

-- Verdicts by day on the pages of all sources together; those of one are found in traffic by its source.
CREATE TABLE verdict_day (
    day     BIGINT NOT NULL,
    verdict TEXT    NOT NULL,
    pages   BIGINT NOT NULL,
    PRIMARY KEY (day, verdict)
);
INSERT INTO verdict_day (day, verdict, pages) SELECT day, verdict, CAST(SUM(pages) AS BIGINT) FROM traffic GROUP BY 1, 2;
CREATE INDEX traffic_source ON traffic (source, day);

-- Findings of a rule by day, and what decisions that were not undone said of them, by the day of the decision.
CREATE TABLE rule_day (
    rule_id     TEXT    NOT NULL,
    day         BIGINT NOT NULL,
    hits        BIGINT NOT NULL,
    right_count BIGINT NOT NULL,
    wrong_count BIGINT NOT NULL,
    PRIMARY KEY (rule_id, day)
);
CREATE INDEX rule_day_day ON rule_day (day);
INSERT INTO rule_day (rule_id, day, hits, right_count, wrong_count)
    SELECT j.rule_id, d.created / 86400000, 0, CAST(SUM(j.judged_right) AS BIGINT), CAST(SUM(1 - j.judged_right) AS BIGINT)
    FROM judgement j JOIN decision d ON d.decision_id = j.decision_id
    WHERE d.decision_id NOT IN (SELECT undoes FROM decision WHERE undoes IS NOT NULL) GROUP BY 1, 2;

-- How long the queue was, every ten minutes; a slot is so many tens of minutes since 1970.
CREATE TABLE queue_level (
    slot       BIGINT NOT NULL PRIMARY KEY,
    pending    BIGINT NOT NULL,
    oldest_age BIGINT NOT NULL
);

-- Filters of the queue with a name, for all reviewers.
CREATE TABLE saved_filter (
    name     TEXT    NOT NULL PRIMARY KEY,
    filter   BYTEA   NOT NULL,
    reviewer TEXT    NOT NULL,
    updated  BIGINT NOT NULL
);
