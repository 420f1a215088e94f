-- A store as version 1 made it, with rows in every table. Never changed: it is what users have.
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA application_id = 1313887025;
PRAGMA journal_mode = WAL;

BEGIN;
CREATE TABLE migration (
	version INTEGER PRIMARY KEY,
	at INTEGER NOT NULL
);

CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES ('seq', 0), ('clock', 0);

CREATE TABLE feeds (
	id INTEGER PRIMARY KEY,

	name TEXT NOT NULL UNIQUE,
	url TEXT NOT NULL,
	title TEXT,
	tags TEXT NOT NULL,
	settings TEXT NOT NULL,

	url_key BLOB,
	leader INTEGER NOT NULL DEFAULT 0,
	followers INTEGER NOT NULL DEFAULT 0,

	next_poll INTEGER NOT NULL,
	why_next TEXT NOT NULL,
	stopped INTEGER NOT NULL DEFAULT 0,
	removed INTEGER NOT NULL DEFAULT 0,

	last_poll INTEGER NOT NULL DEFAULT 0,
	last_success INTEGER NOT NULL DEFAULT 0,
	result INTEGER NOT NULL DEFAULT 0,
	status INTEGER NOT NULL DEFAULT 0,
	reason TEXT,
	failures INTEGER NOT NULL DEFAULT 0,
	crashes INTEGER NOT NULL DEFAULT 0,

	etag BLOB,
	last_modified BLOB,
	body_hash BLOB,
	validators_url TEXT,
	moved_url TEXT,

	synced INTEGER NOT NULL DEFAULT 0,
	parsed INTEGER NOT NULL DEFAULT 0,
	document_title TEXT,
	home_page_url TEXT,
	ttl INTEGER NOT NULL DEFAULT -1,
	skip_hours INTEGER NOT NULL DEFAULT 0,
	skip_days INTEGER NOT NULL DEFAULT 0,

	rhythm_items REAL NOT NULL DEFAULT 0,
	rhythm_span REAL NOT NULL DEFAULT 0
);

CREATE INDEX feed_due ON feeds (next_poll) WHERE stopped = 0 AND removed = 0 AND leader = 0;

CREATE INDEX feed_key ON feeds (url_key) WHERE removed = 0;
CREATE INDEX feed_leader ON feeds (leader) WHERE leader > 0;

CREATE TABLE hold (
	host TEXT PRIMARY KEY,
	until INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE identity (
	feed INTEGER NOT NULL,
	identity BLOB NOT NULL,
	hash BLOB NOT NULL,
	seq INTEGER NOT NULL,
	listed INTEGER NOT NULL,
	PRIMARY KEY (feed, identity)
) WITHOUT ROWID;

CREATE TABLE hash (
	hash BLOB NOT NULL,
	feed INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	listed INTEGER NOT NULL,
	PRIMARY KEY (hash, feed)
) WITHOUT ROWID;

CREATE TABLE article (
	seq INTEGER PRIMARY KEY,
	hash BLOB NOT NULL,
	feed INTEGER NOT NULL,
	day TEXT NOT NULL,
	tags TEXT NOT NULL,
	queues TEXT NOT NULL,
	targets INTEGER NOT NULL,
	at INTEGER NOT NULL
);

CREATE TABLE pending (
	seq INTEGER NOT NULL,
	idx INTEGER NOT NULL,
	name TEXT NOT NULL,
	path TEXT NOT NULL,
	PRIMARY KEY (seq, idx)
) WITHOUT ROWID;

INSERT INTO migration (version, at) VALUES (1, 1795000000000);
PRAGMA user_version = 1;
UPDATE meta SET value = 3 WHERE key = 'seq';
UPDATE meta SET value = 1795000360000 WHERE key = 'clock';
INSERT INTO feeds VALUES
	(1, 'lead', 'https://example.org/feed', 'Lead', 'a b', 'interval=1h', x'0102', 0, 1,
	1795003600000, 'interval 1h', 0, 0, 1795000000000, 1795000000000, 1, 200, NULL, 0, 0,
	x'2265746167220061', x'', x'99', 'https://example.org/feed', 'https://example.org/moved',
	1795000000001, 1795000000002, 'Title', 'https://example.org/', 7200, 5, 6, 1.5, 100.25),
	(2, 'follow', 'http://example.org:80/feed', NULL, '', '', x'0102', 1, 0,
	1795003600000, 'with lead, which has the same URL', 0, 0, 0, 0, 0, 0, NULL, 0, 0,
	NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, -1, 0, 0, 0, 0),
	(3, 'gone', 'https://example.org/gone', NULL, '', '', NULL, 0, 0,
	1795003600000, 'interval 1h', 1, 1795000000003, 1795000000000, 0, 4, 410, 'gone', 3, 2,
	NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, -1, 0, 0, 0, 0);
INSERT INTO hold VALUES ('example.org', 1795000400000);
INSERT INTO identity VALUES (1, x'01', x'0a', 1, 1795000000000), (2, x'01', x'0a', 1, 1795000000000);
INSERT INTO hash VALUES (x'0a', 1, 1, 1795000000000), (x'0a', 9, 1, 1795000000000);
INSERT INTO article VALUES (1, x'0a', 1, '2026-11-18', 'a b ', 'q ', 4, 1795000000000);
INSERT INTO pending VALUES
	(1, 0, '0000000000000001-0a00000000000000.json',
	'articles/2026-11-18/0000000000000001-0a00000000000000.json'),
	(1, 3, '0000000000000001-0a00000000000000.json',
	'queues/q/new/0000000000000001-0a00000000000000.json');
COMMIT;
