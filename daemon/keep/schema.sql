-- newspool's store. Times are milliseconds since 1970, by the wall clock.
-- A script to a version begins with "-- migration: N" and takes a store from N - 1 to N; a new store
-- runs them all, so that it is no other than one that grew. What a released script says is never
-- changed: the next one changes the tables.

-- migration: 1

-- One row for each version that this store has been brought to.
CREATE TABLE migration (
	version INTEGER PRIMARY KEY,
	at INTEGER NOT NULL
);

-- Counters and marks, a row each, there from the beginning:
--   seq        the last delivery sequence given out
--   clock      the wall clock at the last commit; one that is behind it has been set back
CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES ('seq', 0), ('clock', 0);

-- A feed. Made when the configuration first names it; each load of the configuration writes only
-- what differs. Each poll writes its outcome. A feed that the configuration no longer names has
-- "removed" set and leaves the schedule; named again, it goes on with what it remembers; not named
-- for "remember", its identities and hashes are forgotten and then the row itself.
CREATE TABLE feeds (
	id INTEGER PRIMARY KEY,
	-- as configured
	name TEXT NOT NULL UNIQUE,
	url TEXT NOT NULL,
	title TEXT,
	tags TEXT NOT NULL,
	settings TEXT NOT NULL,
	-- feeds of one key are polled as one; see group.h
	url_key BLOB,                        -- NULL: alone
	leader INTEGER NOT NULL DEFAULT 0,   -- the feed that is polled for this one; 0: itself
	followers INTEGER NOT NULL DEFAULT 0,-- how many it is polled for beside itself
	-- the schedule
	next_poll INTEGER NOT NULL,
	why_next TEXT NOT NULL,
	stopped INTEGER NOT NULL DEFAULT 0,  -- 410 or quarantine: not polled until the URL changes
	removed INTEGER NOT NULL DEFAULT 0,  -- since when; 0: configured
	-- the last poll
	last_poll INTEGER NOT NULL DEFAULT 0,
	last_success INTEGER NOT NULL DEFAULT 0,
	result INTEGER NOT NULL DEFAULT 0,   -- enum message_result
	status INTEGER NOT NULL DEFAULT 0,
	reason TEXT,
	failures INTEGER NOT NULL DEFAULT 0, -- in a row
	crashes INTEGER NOT NULL DEFAULT 0,  -- fetchers that died over it since the last success
	-- validators of the last good response of this URL, as they came; dropped when the URL changes
	etag BLOB,
	last_modified BLOB,
	body_hash BLOB,
	validators_url TEXT,                 -- that gave them: they go to no other
	moved_url TEXT,                      -- where permanent redirects led; dropped with the URL
	-- the last good document
	synced INTEGER NOT NULL DEFAULT 0,   -- when the first one was taken in
	parsed INTEGER NOT NULL DEFAULT 0,   -- when the last one was
	document_title TEXT,
	home_page_url TEXT,
	ttl INTEGER NOT NULL DEFAULT -1,     -- seconds, the larger of ttl and sy:*; -1: not said
	skip_hours INTEGER NOT NULL DEFAULT 0,
	skip_days INTEGER NOT NULL DEFAULT 0,
	-- the rhythm: new articles and time watched (ms), both decaying; see schedule.h
	rhythm_items REAL NOT NULL DEFAULT 0,
	rhythm_span REAL NOT NULL DEFAULT 0
);
-- The schedule.
CREATE INDEX feed_due ON feeds (next_poll) WHERE stopped = 0 AND removed = 0 AND leader = 0;
-- Feeds of one URL: by key to find the leader, by leader to find the followers.
CREATE INDEX feed_key ON feeds (url_key) WHERE removed = 0;
CREATE INDEX feed_leader ON feeds (leader) WHERE leader > 0;

-- A host that answered 429: none of its feeds is polled until then. Made or made longer by each
-- such answer; dropped when it is over.
CREATE TABLE hold (
	host TEXT PRIMARY KEY,
	until INTEGER NOT NULL
) WITHOUT ROWID;

-- An item of a feed, known by its identity. Made when the item is first seen; "hash" and "seq"
-- follow its last content. "listed" is when a document last showed it, refreshed only when it is
-- old, so that an unchanged item costs no write. Forgotten when the feed's last document did not
-- list it and that was "remember" ago.
CREATE TABLE identity (
	feed INTEGER NOT NULL,
	identity BLOB NOT NULL,
	hash BLOB NOT NULL,
	seq INTEGER NOT NULL,                -- 0: never spooled
	listed INTEGER NOT NULL,
	PRIMARY KEY (feed, identity)
) WITHOUT ROWID;

-- A content that a feed has had. Same life as an identity. seq is the article that was spooled for
-- it, by whichever feed came first; 0: never spooled.
CREATE TABLE hash (
	hash BLOB NOT NULL,
	feed INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	listed INTEGER NOT NULL,
	PRIMARY KEY (hash, feed)
) WITHOUT ROWID;

-- A spooled article. Made in the transaction that makes its destinations pending; its tags and
-- queues grow when another feed has the same article. Forgotten "remember" after it was spooled.
CREATE TABLE article (
	seq INTEGER PRIMARY KEY,
	hash BLOB NOT NULL,
	feed INTEGER NOT NULL,               -- that had it first
	day TEXT NOT NULL,                   -- of its folder
	tags TEXT NOT NULL,                  -- slugs that it is linked under, each with a blank
	queues TEXT NOT NULL,                -- that it went to, likewise
	targets INTEGER NOT NULL,            -- destinations given out so far: the next one's index
	at INTEGER NOT NULL
);

-- A destination that an article is on its way to: tmp/NAME (or tmp/NAME.IDX) becomes path. Made
-- with the article; gone with the next transaction after the move.
CREATE TABLE pending (
	seq INTEGER NOT NULL,
	idx INTEGER NOT NULL,
	name TEXT NOT NULL,
	path TEXT NOT NULL,
	PRIMARY KEY (seq, idx)
) WITHOUT ROWID;

-- migration: 2

-- The feeds again, with the same life as before, and numbers that are never given out twice: what a
-- forgotten feed's number still stands in (articles, hashes) must not become another feed's.
CREATE TABLE feeds_2 (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	-- as configured
	name TEXT NOT NULL UNIQUE,
	url TEXT NOT NULL,
	title TEXT,
	tags TEXT NOT NULL,
	settings TEXT NOT NULL,
	-- feeds of one key are polled as one; see group.h
	url_key BLOB,                        -- NULL: alone
	leader INTEGER NOT NULL DEFAULT 0,   -- the feed that is polled for this one; 0: itself
	followers INTEGER NOT NULL DEFAULT 0,-- how many it is polled for beside itself
	-- the schedule
	next_poll INTEGER NOT NULL,
	why_next TEXT NOT NULL,
	stopped INTEGER NOT NULL DEFAULT 0,  -- 1: 410 or quarantine, not polled until the URL changes
	                                     -- or somebody says so; 2: paused by hand
	removed INTEGER NOT NULL DEFAULT 0,  -- since when; 0: configured
	-- the last poll
	last_poll INTEGER NOT NULL DEFAULT 0,
	last_success INTEGER NOT NULL DEFAULT 0,
	result INTEGER NOT NULL DEFAULT 0,   -- enum message_result
	status INTEGER NOT NULL DEFAULT 0,
	reason TEXT,
	failures INTEGER NOT NULL DEFAULT 0, -- in a row
	crashes INTEGER NOT NULL DEFAULT 0,  -- fetchers that died over it since the last success
	polls INTEGER NOT NULL DEFAULT 0,    -- ever; its history goes round by it
	not_before INTEGER NOT NULL DEFAULT 0, -- a Retry-After: nor by hand until then; 0: none
	-- validators of the last good response of this URL, as they came; dropped when the URL changes
	etag BLOB,
	last_modified BLOB,
	body_hash BLOB,
	validators_url TEXT,                 -- that gave them: they go to no other
	moved_url TEXT,                      -- where permanent redirects led; dropped with the URL
	undone_url TEXT,                     -- a move taken back: followed, not remembered; likewise
	-- the last good document
	synced INTEGER NOT NULL DEFAULT 0,   -- when the first one was taken in
	parsed INTEGER NOT NULL DEFAULT 0,   -- when the last one was
	document_title TEXT,
	home_page_url TEXT,
	ttl INTEGER NOT NULL DEFAULT -1,     -- seconds, the larger of ttl and sy:*; -1: not said
	skip_hours INTEGER NOT NULL DEFAULT 0,
	skip_days INTEGER NOT NULL DEFAULT 0,
	self_url TEXT,                       -- as rel=self said; dropped with the URL
	-- the rhythm: new articles and time watched (ms), both decaying; see schedule.h
	rhythm_items REAL NOT NULL DEFAULT 0,
	rhythm_span REAL NOT NULL DEFAULT 0
);
INSERT INTO feeds_2 (id, name, url, title, tags, settings, url_key, leader, followers, next_poll,
	why_next, stopped, removed, last_poll, last_success, result, status, reason, failures, crashes,
	etag, last_modified, body_hash, validators_url, moved_url, synced, parsed, document_title,
	home_page_url, ttl, skip_hours, skip_days, rhythm_items, rhythm_span)
SELECT id, name, url, title, tags, settings, url_key, leader, followers, next_poll,
	why_next, stopped, removed, last_poll, last_success, result, status, reason, failures, crashes,
	etag, last_modified, body_hash, validators_url, moved_url, synced, parsed, document_title,
	home_page_url, ttl, skip_hours, skip_days, rhythm_items, rhythm_span
FROM feeds;
DROP TABLE feeds;
ALTER TABLE feeds_2 RENAME TO feeds;
-- The schedule.
CREATE INDEX feed_due ON feeds (next_poll) WHERE stopped = 0 AND removed = 0 AND leader = 0;
-- Feeds of one URL: by key to find the leader, by leader to find the followers.
CREATE INDEX feed_key ON feeds (url_key) WHERE removed = 0;
CREATE INDEX feed_leader ON feeds (leader) WHERE leader > 0;
-- What needs attention.
CREATE INDEX feed_trouble ON feeds (stopped, failures)
	WHERE removed = 0 AND (stopped != 0 OR failures > 0);
DELETE FROM sqlite_sequence WHERE name = 'feeds';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'feeds', coalesce(max(id), 0) FROM (SELECT max(id) AS id FROM feeds
	UNION ALL SELECT max(feed) FROM identity UNION ALL SELECT max(feed) FROM hash
	UNION ALL SELECT max(feed) FROM article);

-- What the feeds' rows were last made of: one row, a digest of all files of the configuration. A load
-- that finds the same has nothing to do.
CREATE TABLE configured (
	digest BLOB NOT NULL,
	feeds INTEGER NOT NULL
);

-- How often a rule matched a new article, and how often one of its patterns was given up. Made with
-- the first of either; a rule that is no longer configured keeps its row for "remember".
CREATE TABLE rule_hits (
	rule TEXT PRIMARY KEY,
	hits INTEGER NOT NULL,
	gave_up INTEGER NOT NULL,
	last INTEGER NOT NULL                -- when it last did either
) WITHOUT ROWID;

-- An article that a rule dropped, for who asks why it never came; that it is known, and so never
-- comes again, stands in identity and hash. Forgotten "remember" after it was dropped.
CREATE TABLE dropped (
	hash BLOB NOT NULL,
	feed INTEGER NOT NULL,
	rule TEXT NOT NULL,
	url TEXT,
	title TEXT,
	at INTEGER NOT NULL,
	PRIMARY KEY (hash, feed)
) WITHOUT ROWID;
CREATE INDEX dropped_url ON dropped (url);
CREATE INDEX dropped_at ON dropped (at);

-- What was decided about an item last, and on what evidence, for the operator's question why.
ALTER TABLE identity ADD COLUMN decision INTEGER NOT NULL DEFAULT 0; -- enum store_decision
ALTER TABLE identity ADD COLUMN decided INTEGER NOT NULL DEFAULT 0;  -- when; 0: by version 1
ALTER TABLE identity ADD COLUMN evidence INTEGER NOT NULL DEFAULT 0; -- as the decision has it
ALTER TABLE identity ADD COLUMN revisions INTEGER NOT NULL DEFAULT 0;-- changes of its content
ALTER TABLE identity ADD COLUMN url INTEGER NOT NULL DEFAULT 0;      -- a hash; 0: it has none

-- An article that is not spooled before an operator says so. Made with its identity and its hash,
-- which then have seq 0; gone when it is released or dropped, or when its feed is forgotten. An
-- item that changes meanwhile replaces what is held of it.
CREATE TABLE held (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	feed INTEGER NOT NULL,
	identity BLOB NOT NULL,
	hash BLOB NOT NULL,
	revises INTEGER NOT NULL,            -- the article that it is a revision of; 0: none
	at INTEGER NOT NULL,
	why TEXT NOT NULL,
	tags TEXT NOT NULL,                  -- that it is to get, as those of an article
	record BLOB NOT NULL,                -- the article as a record of the spool
	UNIQUE (feed, identity)
);

-- A feed's archives that are being followed back (RFC 5005); see archive.h. Made when a gap is noticed
-- or the operator asks; moves on with each document; gone at the walk's end, and with the feed's URL.
CREATE TABLE archive (
	feed INTEGER PRIMARY KEY,
	url TEXT NOT NULL,                   -- the document to ask next; '': the feed's own
	whole INTEGER NOT NULL,              -- 1: as far as they go; 0: until something is known
	walked TEXT NOT NULL,                -- URLs of documents had, each with a newline
	documents INTEGER NOT NULL,          -- that came
	found INTEGER NOT NULL,              -- new articles in them
	failures INTEGER NOT NULL,           -- of this one, in a row
	due INTEGER NOT NULL
);
CREATE INDEX archive_due ON archive (due);

-- The last polls of a feed: as many slots as "history" says, each overwritten by the poll that comes
-- round to it. Dropped with the feed.
CREATE TABLE history (
	feed INTEGER NOT NULL,
	slot INTEGER NOT NULL,               -- the poll's number, modulo the number of slots
	at INTEGER NOT NULL,                 -- when it ended
	result INTEGER NOT NULL,             -- enum message_result
	status INTEGER NOT NULL,
	bytes_wire INTEGER NOT NULL,         -- received
	bytes_body INTEGER NOT NULL,         -- the same, decoded
	new INTEGER NOT NULL,                -- articles
	known INTEGER NOT NULL,
	elapsed INTEGER NOT NULL,            -- ms
	reason TEXT,
	PRIMARY KEY (feed, slot)
) WITHOUT ROWID;
CREATE TRIGGER feed_forgotten AFTER DELETE ON feeds BEGIN
	DELETE FROM history WHERE feed = old.id;
END;

-- What an article says, as a hash of which near ones differ in few bits (simhash.h); NULL: it says
-- too little, or version 1 spooled it. And its cluster: the first article that said about the same.
ALTER TABLE article ADD COLUMN simhash INTEGER;
ALTER TABLE article ADD COLUMN cluster INTEGER NOT NULL DEFAULT 0; -- 0: none

-- What is counted, without a look at the rows.
CREATE INDEX feed_stopped ON feeds (stopped) WHERE stopped > 0 AND removed = 0;
CREATE INDEX feed_failing ON feeds (id) WHERE failures > 0 AND removed = 0;
CREATE INDEX feed_unpolled ON feeds (next_poll, stopped) WHERE last_poll = 0 AND removed = 0;
