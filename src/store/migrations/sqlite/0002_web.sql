-- What the review pages ask for: who is signed in, sums by hour and day, filters with a name.

-- Who is signed in. Of a token there is its hash alone.
CREATE TABLE session (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    key_id     BLOB    NOT NULL REFERENCES api_key,
    created    INTEGER NOT NULL,
    expires    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_key     ON session (key_id, created);
CREATE INDEX session_expires ON session (expires);

-- Entries of the audit by hours since 1970: decisions by their names, 'undone', 'skipped'. An entry that neither
-- decides nor undoes is of a reviewer who looked and did not decide.
CREATE TABLE decision_hour (
    hour    INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (hour, kind)
) WITHOUT ROWID;
INSERT INTO decision_hour (hour, kind, entries)
    SELECT created / 3600000, COALESCE(decision, 'undone'), COUNT(*) FROM decision GROUP BY 1, 2;

-- Verdicts by day on the pages of all sources together; those of one are found in traffic by its source.
CREATE TABLE verdict_day (
    day     INTEGER NOT NULL,
    verdict TEXT    NOT NULL,
    pages   INTEGER NOT NULL,
    PRIMARY KEY (day, verdict)
) WITHOUT ROWID;
INSERT INTO verdict_day (day, verdict, pages) SELECT day, verdict, SUM(pages) FROM traffic GROUP BY 1, 2;
CREATE INDEX traffic_source ON traffic (source, day);

-- Findings of a rule by day, and what decisions that were not undone said of them, by the day of the decision.
CREATE TABLE rule_day (
    rule_id     TEXT    NOT NULL,
    day         INTEGER NOT NULL,
    hits        INTEGER NOT NULL,
    right_count INTEGER NOT NULL,
    wrong_count INTEGER NOT NULL,
    PRIMARY KEY (rule_id, day)
) WITHOUT ROWID;
CREATE INDEX rule_day_day ON rule_day (day);
INSERT INTO rule_day (rule_id, day, hits, right_count, wrong_count)
    SELECT j.rule_id, d.created / 86400000, 0, SUM(j.judged_right), SUM(1 - j.judged_right)
    FROM judgement j JOIN decision d ON d.decision_id = j.decision_id
    WHERE d.decision_id NOT IN (SELECT undoes FROM decision WHERE undoes IS NOT NULL) GROUP BY 1, 2;

-- How long the queue was, every ten minutes; a slot is so many tens of minutes since 1970.
CREATE TABLE queue_level (
    slot       INTEGER NOT NULL PRIMARY KEY,
    pending    INTEGER NOT NULL,
    oldest_age INTEGER NOT NULL
);

-- Filters of the queue with a name, for all reviewers.
CREATE TABLE saved_filter (
    name     TEXT    NOT NULL PRIMARY KEY,
    filter   BLOB    NOT NULL,
    reviewer TEXT    NOT NULL,
    updated  INTEGER NOT NULL
);
