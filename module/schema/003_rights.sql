-- Access, correction and deletion requests to the controller. id is a digest of
-- the reference that the asker alone holds. sealed holds what the asker wrote
-- and the answer, encrypted under the key that key_id names; it is NULL once the
-- time to keep it is over. Times are Unix seconds.
CREATE TABLE requests (
	id      TEXT PRIMARY KEY,
	site    TEXT NOT NULL,
	kind    TEXT NOT NULL,
	opened  BIGINT NOT NULL,
	due     BIGINT NOT NULL,
	closed  BIGINT,
	outcome TEXT NOT NULL,
	key_id  TEXT NOT NULL,
	sealed  BYTES
);
CREATE INDEX requests_open ON requests (site, closed);
CREATE INDEX requests_due ON requests (due);
-- Calls that tell partners to erase. token is random and made for one call; of
-- who asked there is nothing. retry is the Unix second from which the call is
-- made (again), day the date of the erasure.
CREATE TABLE erasures (
	token    TEXT PRIMARY KEY,
	partner  TEXT NOT NULL,
	site     TEXT NOT NULL,
	scope    TEXT NOT NULL,
	day      TEXT NOT NULL,
	attempts BIGINT NOT NULL,
	retry    BIGINT NOT NULL,
	problem  TEXT NOT NULL,
	done     BIGINT
);
CREATE INDEX erasures_retry ON erasures (partner, done, retry);
