-- Which process answers for a stream, one row a stream. It changes a few times a second, so it stands apart from the row that
-- appends lock. That row knows the epoch only, which changes when another process takes the stream: an append of an earlier
-- one finds nothing to lock.
CREATE TABLE lease (
    stream int4  PRIMARY KEY,
    epoch  int8  NOT NULL,
    beat   int8  NOT NULL,
    holder bytea NOT NULL
);

ALTER TABLE stream ADD COLUMN epoch int8 NOT NULL DEFAULT 0;

INSERT INTO lease (stream, epoch, beat, holder) SELECT stream, 0, 0, ''::bytea FROM stream;
