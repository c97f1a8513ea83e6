-- Records of consent, each in its canonical form, in a chain of hashes. id is the
-- record's record_id and time its event_time in Unix seconds.
CREATE TABLE ledger (
	sequence BIGINT NOT NULL PRIMARY KEY,
	hash     BYTES NOT NULL,
	id       BYTES NOT NULL UNIQUE,
	time     BIGINT NOT NULL,
	record   BYTES NOT NULL
);
-- The chain itself, in one row: its name and its end, the signed statement that
-- stands for records that were pruned, and the one that lists earlier keys.
CREATE TABLE ledger_chain (
	one      INTEGER NOT NULL PRIMARY KEY,
	chain    TEXT NOT NULL,
	sequence BIGINT NOT NULL,
	hash     BYTES NOT NULL,
	base     BYTES,
	keys     BYTES
);
