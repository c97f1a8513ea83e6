-- By what calendar a site's figures are made: the name of the time zone that days
-- begin in, and in seconds how long an epoch lasts and how long after it records
-- are still taken.
CREATE TABLE calendars (
	site    TEXT PRIMARY KEY,
	zone    TEXT NOT NULL,
	epoch   BIGINT NOT NULL,
	embargo BIGINT NOT NULL
);
