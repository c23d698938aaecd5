-- The last journal entry of each authorisation that has ended, by its first.
CREATE TABLE authorisation (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
