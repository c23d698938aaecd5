-- The journal has no index beside its key: a second one would make every append write random pages.
CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY,
    hash     BLOB NOT NULL,
    entry    BLOB NOT NULL
) STRICT;

CREATE TABLE card_pan          (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE card_personal     (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE customer_personal (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE customer_key      (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE account_personal  (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE client_secret     (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE "key"             (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
