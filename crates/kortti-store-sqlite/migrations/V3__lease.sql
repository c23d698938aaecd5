-- Which process answers for the journal; one row.
CREATE TABLE lease (
    stream INTEGER PRIMARY KEY CHECK (stream = 0),
    epoch  INTEGER NOT NULL,
    beat   INTEGER NOT NULL,
    holder BLOB    NOT NULL
) STRICT;

INSERT INTO lease (stream, epoch, beat, holder) VALUES (0, 0, 0, x'');
