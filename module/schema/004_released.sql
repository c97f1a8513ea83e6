-- When an epoch was published, in Unix seconds: sums that are kept longer go so
-- long after it. Published figures whose time is over are emptied and not
-- removed, so that no epoch is published twice.
ALTER TABLE publications ADD COLUMN released BIGINT NOT NULL DEFAULT 0;
