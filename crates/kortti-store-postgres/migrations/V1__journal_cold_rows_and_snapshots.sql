-- Nothing here needs more than tables, keys and transactions, so that any engine that speaks PostgreSQL's protocol will do.

-- How the installation was made; one row.
CREATE TABLE installation (
    one     int2 PRIMARY KEY CHECK (one = 1),
    streams int4 NOT NULL CHECK (streams > 0)
);

-- One row a stream, which whoever appends locks and never changes. The stream's end is the last row of its journal: a row
-- that moved with every append would leave a dead version each time, and one long transaction anywhere in the database (a
-- dump, a report, a snapshot) would keep them all and make each append slower than the one before.
CREATE TABLE stream (
    stream int4 PRIMARY KEY
);

-- The journal has no index beside its key: a second one would make every append write random pages.
CREATE TABLE journal (
    stream   int4  NOT NULL,
    sequence int8  NOT NULL,
    hash     bytea NOT NULL,
    entry    bytea NOT NULL,
    PRIMARY KEY (stream, sequence)
);

-- Rows that are looked up when needed. Kinds: 1 card_pan, 2 card_personal, 3 customer_personal, 4 customer_key,
-- 5 account_personal, 6 client_secret, 7 key, 8 authorisation.
CREATE TABLE cold (
    kind int2  NOT NULL,
    id   int8  NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (kind, id)
);

-- One row a stream: the record its snapshot reaches, by number and hash, which ties it to one history; 0 when there is none.
CREATE TABLE snapshot (
    stream   int4  PRIMARY KEY,
    sequence int8  NOT NULL,
    hash     bytea NOT NULL
);

CREATE TABLE snapshot_row (
    stream int4  NOT NULL,
    kind   int2  NOT NULL,
    id     int8  NOT NULL,
    body   bytea NOT NULL,
    PRIMARY KEY (stream, kind, id)
);
