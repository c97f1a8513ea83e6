-- Sums of epochs that are not published yet. n is the number of what the cell
-- counts; cell is its stable name, such as loads{route=home}.
CREATE TABLE counts (
	site  TEXT NOT NULL,
	epoch TEXT NOT NULL,
	cell  TEXT NOT NULL,
	n     BIGINT NOT NULL,
	PRIMARY KEY (site, epoch, cell)
);
-- What was published of each epoch, once. start is the epoch's begin in Unix
-- seconds.
CREATE TABLE publications (
	site  TEXT NOT NULL,
	epoch TEXT NOT NULL,
	start BIGINT NOT NULL,
	data  BYTES NOT NULL,
	PRIMARY KEY (site, epoch)
);
CREATE INDEX publications_start ON publications (site, start);
